// The network as boxes with shapes, from inputs to loss.
import {chart, tip} from './chart.js';
import {choice, h, section} from './page.js';

const state = {run: 0};

/** The row of each box: one below the last of those that feed it. */
function rowsOf(nodes) {
  const row = [];
  nodes.forEach((n, i) => { row[i] = n.inputs.length ? 1 + Math.max(...n.inputs.map((k) => row[k])) : 0; });
  // An input that is used late stands right above its first user.
  nodes.forEach((n, i) => {
    const users = nodes.flatMap((m, k) => m.inputs.includes(i) ? [row[k]] : []);
    if (!n.inputs.length && users.length) row[i] = Math.min(...users) - 1;
  });
  return row;
}

function option(run, vertical, c) {
  const nodes = run.network, row = rowsOf(nodes);
  const counts = {}, place = nodes.map((n, i) => { counts[row[i]] = (counts[row[i]] ?? 0) + 1; return counts[row[i]] - 1; });
  const fill = {input: c.line, dense: c.accent, loss: c.runs[1], op: c.soft};
  const data = nodes.map((n, i) => {
    const across = (place[i] - (counts[row[i]] - 1) / 2) * 1.3, along = row[i];
    return {
      name: String(i), x: vertical ? across * 140 : along * 150, y: vertical ? along * 84 : across * 58,
      symbol: 'roundRect', symbolSize: [116, 44], value: n,
      itemStyle: {color: c.card, borderColor: fill[n.kind] ?? c.soft, borderWidth: 1.6},
      label: {show: true, color: c.ink, fontSize: 11.5, lineHeight: 15, width: 108, overflow: 'truncate', formatter: `{b|${n.label}}\n${n.shape}`, rich: {b: {fontWeight: 600, fontSize: 12, color: c.ink}}}
    };
  });
  const links = nodes.flatMap((n, i) => n.inputs.map((k) => ({source: String(k), target: String(i)})));
  return {
    tooltip: tip(c, {formatter: (p) => p.dataType === 'edge' ? '' : `<b>${echartsText(p.value.label)}</b><br>${p.value.kind}, shape ${p.value.shape}` + (p.value.parameters ? `<br>${p.value.parameters.toLocaleString('en-US')} parameters` : '')}),
    series: [{type: 'graph', layout: 'none', roam: false, data, links, left: 64, right: 64, top: 30, bottom: 30, preserveAspect: 'contain', edgeSymbol: ['none', 'arrow'], edgeSymbolSize: 7, lineStyle: {color: c.soft, width: 1.4}, emphasis: {disabled: true}}]
  };
}

const echartsText = (text) => text.replace(/[&<>]/g, (x) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;'})[x]);

export function network(runs) {
  const with_ = runs.filter((r) => r.network.length);
  if (!with_.length) return null;
  const run = () => with_[Math.min(state.run, with_.length - 1)];
  const vertical = () => innerWidth < 760;
  const element = chart('graph', 'The network as a graph', (c) => option(run(), vertical(), c));
  const box = h('div', {class: 'scroll', tabindex: -1}, element);
  const size = () => {
    const rows = 1 + Math.max(...rowsOf(run().network));
    const most = Math.max(...Object.values(rowsOf(run().network).reduce((n, r) => ({...n, [r]: (n[r] ?? 0) + 1}), {})));
    element.style.height = (vertical() ? rows * 84 + 40 : Math.max(150, most * 110)) + 'px';
    element.style.minWidth = (vertical() ? 0 : rows * 148) + 'px';
  };
  const redraw = () => { size(); element.redraw(); };
  size();
  const pick = with_.length > 1 ? h('div', {class: 'controls'}, choice('Run', with_.map((r) => r.name), (i) => { state.run = i; redraw(); dispatchEvent(new Event('resize')); })) : null;
  return {element: section('network', 'The network', pick, h('div', {class: 'card'}, box)), redraw, size};
}
