// The laboratory: claims with verdicts, what was measured, and pictures.
import {axis, chart, tip} from './chart.js';
import {card, duration, h, known, number, section} from './page.js';

const marks = {'holds': '✓', 'does not hold': '✗', 'undecided': '?'};
const verdict = (v) => h('span', {class: 'verdict ' + v.replaceAll(' ', '-')}, marks[v] + ' ' + v);

const legend = (c) => ({top: 0, left: 0, itemWidth: 16, itemHeight: 9, textStyle: {color: c.soft, fontSize: 12}});
const label = (c, format) => ({color: c.soft, fontSize: 11.5, hideOverlap: true, formatter: format});

/** The band of one standard deviation: an unseen line, and what lies above it. */
function band(curve, color, index) {
  if (!curve.low.length) return [];
  const quiet = {type: 'line', silent: true, symbol: 'none', lineStyle: {width: 0}, stack: 'band' + index, stackStrategy: 'all', tooltip: {show: false}, emphasis: {disabled: true}, name: 'band ' + index, color};
  return [
    {...quiet, data: curve.x.map((x, i) => [x, curve.low[i]])},
    {...quiet, data: curve.x.map((x, i) => [x, curve.high[i] - curve.low[i]]), areaStyle: {color, opacity: 0.16}}
  ];
}

/** Room for the legend, which takes more than a line for many names. */
const top = (p) => p.curves.reduce((n, curve) => n + curve.name.length + 5, 0) > (innerWidth < 760 ? 45 : 70) ? 62 : 38;
/** The ends of an axis get labels only where these read well. */
const ends = (v) => [4, 5].some((n) => Math.abs(n * v - Math.round(n * v)) < 1e-9) ? null : false;

function lineOption(p, c) {
  const all = p.curves.flatMap((curve) => curve.x);
  const plain = (points) => points.filter(([x, y]) => known(x) && known(y) && (!p.log_y || y > 0) && (!p.log_x || x > 0));
  const lines = p.curves.map((curve, i) => ({
    type: 'line', name: curve.name, color: c.runs[i % c.runs.length], data: plain(curve.x.map((x, k) => [x, curve.y[k]])),
    showSymbol: curve.x.length < 12, symbolSize: 6, lineStyle: {width: 2, type: curve.dashed ? [6, 4] : 'solid'}, emphasis: {disabled: true}, z: 3
  }));
  // A stack has no place on a logarithmic axis.
  const bands = p.log_y ? [] : p.curves.flatMap((curve, i) => band(curve, c.runs[i % c.runs.length], i));
  const names = p.curves.map((curve) => curve.name);
  return {
    grid: {left: 12, right: 16, top: top(p), bottom: 30, containLabel: true},
    legend: {...legend(c), data: names},
    xAxis: axis(c, p.x_name, {type: p.log_x ? 'log' : 'value', min: (v) => p.log_x || v.min < 0 || v.min > v.max / 3 ? v.min : 0, max: 'dataMax', splitLine: {show: false},
                                axisLabel: {...label(c, (v) => number(v)), showMinLabel: ends(Math.min(...all)), showMaxLabel: ends(Math.max(...all))}}),
    yAxis: axis(c, '', {type: p.log_y ? 'log' : 'value', scale: true, axisLabel: label(c, (v) => number(v))}),
    tooltip: tip(c, {trigger: 'axis', valueFormatter: (v) => number(v, 4), axisPointer: {lineStyle: {color: c.soft}}}),
    series: [...lines, ...bands]
  };
}

function barOption(p, c) {
  return {
    grid: {left: 12, right: 16, top: top(p), bottom: 30, containLabel: true},
    legend: {...legend(c), icon: 'roundRect'},
    xAxis: axis(c, p.x_name, {type: 'category', data: p.categories, splitLine: {show: false}}),
    yAxis: axis(c, '', {type: 'value', axisLabel: label(c, (v) => number(v))}),
    tooltip: tip(c, {trigger: 'axis', axisPointer: {type: 'shadow'}, valueFormatter: (v) => number(v, 4)}),
    series: p.curves.map((curve, i) => ({type: 'bar', name: curve.name, data: curve.y, color: c.runs[i], barMaxWidth: 34, emphasis: {disabled: true}}))
  };
}

function picture(p) {
  const title = p.number ? `${p.number}. ${p.title}` : p.title;
  const note = [p.y_name ? `Upwards: ${p.y_name}.` : '', p.note].filter(Boolean).join(' ');
  return card(title, note, chart(p.id, p.title, (c) => p.kind === 'bars' ? barOption(p, c) : lineOption(p, c)));
}

/** Two a row; one that is left over takes a row of its own. */
function cards(pictures) {
  const list = pictures.map(picture);
  if (list.length % 2) list[list.length - 1].classList.add('wide');
  return list;
}

/** A dot for each seed, from the least to the greatest. */
function dots(values) {
  const least = Math.min(...values), most = Math.max(...values);
  const place = (v) => most > least ? 6 + 88 * (v - least) / (most - least) : 50;
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'dots');
  svg.setAttribute('viewBox', '0 0 100 14');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', 'by seed: ' + values.map((v) => number(v, 4)).join(', '));
  for (const v of values) {
    const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    dot.setAttribute('cx', place(v));
    dot.setAttribute('cy', 7);
    dot.setAttribute('r', 4);
    svg.append(dot);
  }
  return svg;
}

const wanted = (c) => known(c.least) && known(c.most) ? `${number(c.least)} to ${number(c.most)}`
                      : known(c.least) ? `${number(c.least)} or more` : `${number(c.most)} or less`;
const interval = (c) => known(c.low) ? `${number(c.low)} to ${number(c.high)}` : 'not finite';

function table(head, rows, name) {
  return h('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': name},
           h('table', {}, h('thead', {}, h('tr', {}, head.map((t) => h('th', {scope: 'col'}, t)))),
             h('tbody', {}, rows.map((cells) => h('tr', {}, cells.map((x, i) => i ? h('td', {}, x) : h('th', {scope: 'row', class: 'wrap'}, x)))))));
}

function claim(r, shown, index) {
  const evidence = cards(r.pictures.filter((p) => !p.number));
  const links = r.see.filter((n) => shown.has(n)).flatMap((n, i) => [i ? ', ' : '', h('a', {href: '#' + shown.get(n)}, `picture ${n}`)]);
  return section(
      'claim-' + r.name, `${index + 1}. ${r.title}`,
      h('div', {class: 'card'},
        h('p', {class: 'verdict-line'}, verdict(r.verdict)),
        h('p', {}, h('b', {}, 'The claim: '), r.claim),
        h('p', {}, h('b', {}, 'What was done: '), r.method),
        h('p', {}, h('b', {}, 'It holds if: '), r.criterion),
        r.remark ? h('p', {}, h('b', {}, 'Besides: '), r.remark) : null,
        links.length ? h('p', {}, h('b', {}, 'See: '), links, '.') : null,
        table(['Compared, seed by seed', 'mean', '95 % interval', 'wanted', ''],
              r.comparisons.map((c) => [(c.factor ? 'factor of ' : '') + c.name, number(c.mean), interval(c), wanted(c), verdict(c.verdict)]), 'Comparisons'),
        table(['Measured', 'mean', '± deviation', 'each seed'],
              r.measured.map((q) => [q.name, number(q.mean, 4), number(q.deviation), dots(q.values)]), 'Measured')),
      h('div', {class: 'grid', style: 'margin-top:16px'}, evidence));
}

function overview(lab) {
  return section('verdicts', 'Verdicts', h('div', {class: 'card'},
      table(['Claim and criterion', 'Verdict', 'Time'], lab.experiments.map((r, i) =>
          [[h('a', {href: '#claim-' + r.name}, `${i + 1}. ${r.title}`), h('div', {class: 'note'}, r.criterion)], verdict(r.verdict), h('span', {class: 'nowrap'}, duration(r.seconds))]), 'Verdicts')));
}

function facts(lab) {
  const count = (v) => lab.experiments.filter((r) => r.verdict === v).length;
  const list = [
    ['claims', lab.experiments.length], ['hold', count('holds')], ['do not hold', count('does not hold')], ['undecided', count('undecided')],
    ['seeds', `${lab.seeds} (from ${lab.first_seed})`], ['rows to learn from', number(lab.rows)], ['inputs', number(lab.columns)], ['classes', number(lab.classes)],
    ['run time', duration(lab.experiments.reduce((n, r) => n + r.seconds, 0))]
  ];
  return h('div', {class: 'card', style: 'margin-top:18px'}, h('h3', {}, lab.data),
           h('dl', {class: 'facts'}, list.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))));
}

/** The parts of the page: its title, what goes below it, the sections. */
export function laboratory(lab) {
  const all = lab.experiments.flatMap((r) => r.pictures);
  const numbered = all.filter((p) => p.number).sort((a, b) => a.number - b.number);
  const shown = new Map(numbered.map((p) => [p.number, p.id]));
  const pictures = numbered.length ? section('pictures', 'Pictures', h('div', {class: 'grid'}, cards(numbered))) : null;
  const claims = lab.experiments.map((r, i) => claim(r, shown, i));
  const quick = lab.quick ? h('p', {class: 'card finding'}, 'A quick look with few rows and few steps: its verdicts mean nothing.') : null;
  return {
    title: 'How classifiers learn', subtitle: lab.data, version: lab.weft_version,
    top: [quick, facts(lab)], sections: [overview(lab), pictures, ...claims].filter(Boolean),
    // The verdicts link to the claims.
    linked: (s) => !s.id.startsWith('claim-')
  };
}
