// What happens inside: heat maps of layers over time, histograms over time.
import {axis, chart, scale, tip} from './chart.js';
import {card, choice, h, known, number, percent, section} from './page.js';

const kMostColumns = 60;

const state = {run: 0, layer: 0, kind: 'weights'};
const kinds = ['weights', 'gradients', 'preactivations', 'activations'];
const kindNames = ['weights', 'gradients of weights', 'pre-activations', 'activations'];

/** At most so many of the probes, evenly chosen, the last one among them. */
function thinned(probes) {
  const each = Math.ceil(probes.length / kMostColumns);
  return probes.filter((p, i) => (probes.length - 1 - i) % each === 0);
}

const layersOf = (run) => run.probes[0]?.layers ?? [];
const label = (l) => l.name + (l.activation === 'identity' ? '' : ' · ' + l.activation);

/** A heat map of `value(layer)`, layers by rows and probes by columns. */
function shareOption(run, value, alert, c) {
  const probes = thinned(run.probes);
  const layers = layersOf(run).map((l, i) => i).filter((i) => probes.some((p) => known(value(p.layers[i]))));
  const data = probes.flatMap((p, x) => layers.map((i, y) => [x, y, value(p.layers[i])])).filter((d) => known(d[2]));
  const names = layers.map((i) => label(layersOf(run)[i]));
  return {
    grid: {left: 12, right: 14, top: 8, bottom: 84, containLabel: true},
    xAxis: axis(c, 'epoch', {type: 'category', data: probes.map((p) => number(p.epoch)), splitLine: {show: false}}),
    yAxis: axis(c, '', {type: 'category', data: names, inverse: true, splitLine: {show: false}}),
    visualMap: scale(c, 1, alert, percent),
    tooltip: tip(c, {formatter: ({data: [x, y, v]}) => `${names[y]}, epoch ${number(probes[x].epoch)}: <b>${percent(v)}</b>`}),
    series: [{type: 'heatmap', data, itemStyle: {borderColor: c.card, borderWidth: probes.length > 30 ? 0 : 1}, emphasis: {itemStyle: {borderColor: c.ink, borderWidth: 1}}}]
  };
}

function lineOption(run, value, c) {
  const series = layersOf(run).map((l, i) => ({
    type: 'line', name: label(l), color: c.runs[i % c.runs.length],
    data: run.probes.map((p) => [p.epoch, value(p.layers[i])]).filter((d) => known(d[1]) && d[1] > 0),
    showSymbol: run.probes.length < 40, symbolSize: 5, lineStyle: {width: 2}, emphasis: {disabled: true}
  }));
  return {
    grid: {left: 58, right: 14, top: 38, bottom: 40},
    legend: {top: 0, left: 0, itemWidth: 14, itemHeight: 9, icon: 'roundRect', type: 'scroll', textStyle: {color: c.soft, fontSize: 12}},
    xAxis: axis(c, 'epoch', {type: 'value', min: 'dataMin', max: 'dataMax', splitLine: {show: false}}),
    yAxis: axis(c, '', {type: 'log', axisLabel: {color: c.soft, fontSize: 11.5, formatter: (v) => number(v)}}),
    tooltip: tip(c, {trigger: 'axis', valueFormatter: (v) => number(v)}), series
  };
}

/** Histograms of different borders, on one set of bins. */
function histogramOption(run, c) {
  const probes = thinned(run.probes);
  const all = probes.map((p) => p.layers[state.layer]?.[state.kind]).map((x) => x ?? {low: 0, high: 0, counts: []});
  const low = Math.min(...all.map((x) => x.low)), high = Math.max(...all.map((x) => x.high));
  const bins = 40, width = (high - low) / bins || 1;
  const data = [];
  all.forEach((x, column) => {
    const sums = Array(bins).fill(0);
    const total = x.counts.reduce((a, b) => a + b, 0) || 1;
    const own = (x.high - x.low) / x.counts.length;
    x.counts.forEach((n, i) => {
      // A bin is spread over those of the common set that it covers.
      const from = (x.low + i * own - low) / width, to = Math.max(from + 1e-9, (x.low + (i + 1) * own - low) / width);
      for (let b = Math.max(0, Math.floor(from)); b < Math.min(bins, Math.ceil(to)); ++b) {
        sums[b] += n / total * (Math.min(to, b + 1) - Math.max(from, b)) / (to - from);
      }
    });
    sums.forEach((s, b) => { if (s > 0) data.push([column, b, Math.sqrt(s)]); });
  });
  return {
    grid: {left: 12, right: 14, top: 8, bottom: 84, containLabel: true},
    xAxis: axis(c, 'epoch', {type: 'category', data: probes.map((p) => number(p.epoch)), splitLine: {show: false}}),
    yAxis: axis(c, '', {type: 'category', data: Array.from({length: bins}, (_, b) => number(low + (b + 0.5) * width)), splitLine: {show: false}}),
    visualMap: scale(c, Math.max(0.01, ...data.map((d) => d[2])), false, (v) => percent(v * v)),
    tooltip: tip(c, {formatter: ({data: [x, b, v]}) => `epoch ${number(probes[x].epoch)}: <b>${percent(v * v)}</b> from ${number(low + b * width)} to ${number(low + (b + 1) * width)}`}),
    series: [{type: 'heatmap', data, emphasis: {itemStyle: {borderColor: c.ink, borderWidth: 1}}}]
  };
}

export function layers(runs) {
  const with_ = runs.filter((r) => layersOf(r).length);
  if (!with_.length) return null;
  const run = () => with_[Math.min(state.run, with_.length - 1)];
  const has = (of, value) => of.some((r) => r.probes.some((p) => p.layers.some((l) => known(value(l)))));
  const saturated = (l) => l?.saturated, dead = (l) => l?.dead;
  const cards = [];
  const add = (title, note, id, option, value) => {
    const element = chart(id, title, option);
    cards.push({element, value, card: card(title, note, element)});
  };
  if (has(with_, saturated)) {
    add('Saturated units', 'Share of activations within 0.02 of an asymptote: there the derivative is nearly 0.', 'saturated', (c) => shareOption(run(), saturated, true, c), saturated);
  }
  if (has(with_, dead)) {
    add('Dead units', 'Share of ReLU units with no positive input among the examples looked at in an epoch.', 'dead', (c) => shareOption(run(), dead, true, c), dead);
  }
  add('Gradient of each layer’s weights', 'Root mean square. A layer far below the others learns slowly.', 'layer-gradient', (c) => lineOption(run(), (l) => l.weight_gradient_rms, c));
  add('Its factor from the input', 'a_in: root mean square of what the layer is fed.', 'layer-input', (c) => lineOption(run(), (l) => l.input_rms, c));
  add('Its factor from the output', 'δ_out: root mean square of the error that reaches the layer.', 'layer-delta', (c) => lineOption(run(), (l) => l.delta_rms, c));
  add('Update to weight', '|ΔW| / |W| of a step. Around 0.001 is usual.', 'layer-update', (c) => lineOption(run(), (l) => l.update_ratio, c));
  const histograms = chart('histograms', 'Histograms over time', (c) => histogramOption(run(), c), true);
  const redraw = () => [...cards.map((x) => x.element), histograms].forEach((e) => e.redraw());
  const pickLayer = h('span', {});
  const fill = () => {
    // A network of one run may saturate where the other's units die.
    for (const x of cards) x.card.hidden = x.value && !has([run()], x.value);
    const seen = cards.filter((x) => !x.card.hidden);
    seen.forEach((x, i) => x.card.classList.toggle('wide', i === seen.length - 1 && i % 2 === 0));
    state.layer = Math.min(state.layer, layersOf(run()).length - 1);
    pickLayer.replaceChildren(choice('Layer', layersOf(run()).map(label), (i) => { state.layer = i; histograms.redraw(); }));
  };
  fill();
  const pickRun = with_.length > 1 ?
      choice('Run', with_.map((r) => r.name), (i) => { state.run = i; fill(); redraw(); }) : null;
  const element = section(
      'layers', 'Inside the layers', pickRun ? h('div', {class: 'controls'}, pickRun) : null,
      h('div', {class: 'grid'}, cards.map((x) => x.card),
        h('div', {class: 'card wide'}, h('h3', {}, 'Histograms over time'),
          h('p', {class: 'note'}, 'Darker: more values. Each column is one look into the network.'),
          h('div', {class: 'controls'}, pickLayer, choice('Of', kindNames, (i) => { state.kind = kinds[i]; histograms.redraw(); })),
          histograms)));
  return {element, redraw};
}
