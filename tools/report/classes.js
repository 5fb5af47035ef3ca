// How well classes are told apart: confusion, precision, calibration, images.
import {axis, chart, scale, tip} from './chart.js';
import {card, choice, diverging, grey, h, image, known, number, percent, section} from './page.js';

const state = {run: 0};

const nameOf = (run, c) => run.class_names[c] ?? String(c);

function confusionOption(run, c) {
  const table = run.classification.confusion;
  const names = table.map((_, i) => nameOf(run, i));
  const sums = table.map((row) => row.reduce((a, b) => a + b, 0));
  const data = table.flatMap((row, t) => row.map((n, p) => [p, t, sums[t] ? n / sums[t] : 0, n])).filter((d) => d[3] > 0);
  const few = names.length <= 12;
  return {
    grid: {left: 22, right: 10, top: 8, bottom: 84, containLabel: true},
    xAxis: axis(c, 'predicted as', {type: 'category', data: names, splitLine: {show: false}, axisLabel: {color: c.soft, fontSize: 11.5, hideOverlap: true, rotate: few && names.some((n) => n.length > 4) ? 40 : 0}, nameGap: names.some((n) => n.length > 4) ? 52 : 26}),
    yAxis: axis(c, '', {type: 'category', data: names, inverse: true, splitLine: {show: false}}),
    visualMap: scale(c, 1, false, percent),
    tooltip: tip(c, {formatter: ({data: [p, t, share, n]}) => `${names[t]} taken for ${names[p]}: <b>${n}</b> (${percent(share)})`}),
    series: [{
      type: 'heatmap', data, itemStyle: {borderColor: c.card, borderWidth: few ? 2 : 0},
      label: {show: few, formatter: ({data: d}) => d[3], fontSize: 11, color: 'inherit', textBorderWidth: 0},
      emphasis: {itemStyle: {borderColor: c.ink, borderWidth: 1}}
    }]
  };
}

/** Numbers on dark squares are light and the other way round. */
function withLabels(option, c) {
  for (const s of option.series) {
    s.data = s.data.map((value) => ({value, label: {color: value[2] > 0.5 ? c.card : c.ink}}));
    s.label.formatter = ({value}) => value[3];
    option.tooltip.formatter = ((format) => ({value}) => format({data: value}))(option.tooltip.formatter);
  }
  return option;
}

function ratioOption(run, c) {
  const k = run.classification;
  const names = k.confusion.map((_, i) => nameOf(run, i));
  const bars = (name, data, color) => ({type: 'bar', name, data, color, barMaxWidth: 13, barGap: '15%', itemStyle: {borderRadius: [0, 3, 3, 0]}});
  return {
    grid: {left: 8, right: 18, top: 34, bottom: 24, containLabel: true},
    legend: {top: 0, left: 0, itemWidth: 14, itemHeight: 9, icon: 'roundRect', textStyle: {color: c.soft, fontSize: 12}},
    xAxis: axis(c, '', {type: 'value', max: 1, min: (v) => Math.max(0, Math.floor((v.min - 0.05) * 10) / 10), axisLabel: {color: c.soft, fontSize: 11.5, formatter: (v) => percent(v, 0)}}),
    yAxis: axis(c, '', {type: 'category', data: names, inverse: true}),
    tooltip: tip(c, {trigger: 'axis', axisPointer: {type: 'shadow', shadowStyle: {color: c.soft + '22'}}, valueFormatter: (v) => percent(v, 2)}),
    series: [bars('precision', k.precision, c.runs[0]), bars('recall', k.recall, c.runs[1])]
  };
}

function calibrationOption(runs, c) {
  return {
    grid: {left: 52, right: 14, top: 38, bottom: 42},
    legend: {top: 0, left: 0, itemWidth: 14, itemHeight: 9, type: 'scroll', textStyle: {color: c.soft, fontSize: 12}},
    xAxis: axis(c, 'probability given by the network', {type: 'value', min: 0, max: 1, splitLine: {show: false}, axisLabel: {color: c.soft, fontSize: 11.5, formatter: (v) => percent(v, 0)}}),
    yAxis: axis(c, '', {type: 'value', min: 0, max: 1, axisLabel: {color: c.soft, fontSize: 11.5, formatter: (v) => percent(v, 0)}}),
    tooltip: tip(c, {formatter: ({seriesName, value}) => `${seriesName}<br>said ${percent(value[0])}, right <b>${percent(value[1])}</b><br>${value[2] ?? ''} examples`}),
    series: [
      ...runs.map((r) => ({
        type: 'line', name: r.name, color: c.runs[r.color % c.runs.length], symbol: 'circle', symbolSize: 8, lineStyle: {width: 2},
        data: r.classification.calibration.filter((b) => b.count > 0).map((b) => [b.confidence, b.accuracy, b.count])
      })),
      {type: 'line', name: 'well calibrated', data: [[0, 0], [1, 1]], color: c.soft, silent: true, symbol: 'none', lineStyle: {type: 'dashed', width: 1}, tooltip: {show: false}}
    ]
  };
}

function worst(run) {
  const list = run.classification.worst.filter((e) => e.width > 0);
  if (!list.length) return null;
  return h('div', {class: 'card'}, h('h3', {}, 'Surest mistakes'),
           h('p', {class: 'note'}, 'Wrong ones, those first of which the network was surest.'),
           h('div', {class: 'images'}, list.map((e) => h('figure', {},
               image(e.pixels, e.width, e.height, grey, `example ${e.index}`),
               h('figcaption', {}, h('b', {}, nameOf(run, e.prediction)), ` ${percent(e.probability, 0)}`, h('br'), `is ${nameOf(run, e.truth)}`)))));
}

function filters(run) {
  const f = run.filters;
  if (!f.images.length) return null;
  return h('div', {class: 'card wide'}, h('h3', {}, 'First-layer filters'),
           h('p', {class: 'note'}, `Weights into each unit of the first layer: red positive, blue negative, up to ±${number(f.limit)}.`),
           h('div', {class: 'filters'}, f.images.map((x, i) => image(x, f.width, f.height, diverging, `filter of unit ${i + 1}`))));
}

export function classes(runs) {
  const with_ = runs.filter((r) => r.classification.count > 0 && r.classification.confusion.length);
  const drawn = runs.filter((r) => r.filters.images.length || with_.includes(r));
  if (!drawn.length) return null;
  const run = () => drawn[Math.min(state.run, drawn.length - 1)];
  const charts = with_.length ? [
    ['Confusion', 'Truth by rows, predictions by columns; each row adds up to 100 %.', chart('confusion', 'Confusion matrix', (c) => measured() ? withLabels(confusionOption(run(), c), c) : {}, true)],
    ['Precision and recall', 'Of what was called so, how much is; of what is so, how much was found.', chart('ratios', 'Precision and recall by class', (c) => measured() ? ratioOption(run(), c) : {}, true)],
    ['Calibration', `How often the network is right when it gives a probability. Expected calibration error: ${with_.map((r) => `${r.name} ${percent(r.classification.calibration_error)}`).join(', ')}.`, chart('calibration', 'Calibration', (c) => calibrationOption(with_.filter((r) => r.shown), c))]
  ] : [];
  const measured = () => with_.includes(run());
  const images = h('div', {class: 'part'});
  const fill = () => images.replaceChildren(...[worst(run()), filters(run())].filter(Boolean));
  fill();
  const redraw = () => charts.forEach(([, , e]) => e.redraw());
  const pick = drawn.length > 1 ? h('div', {class: 'controls'}, choice('Run', drawn.map((r) => r.name), (i) => { state.run = i; fill(); redraw(); })) : null;
  const element = section('classes', with_.length ? 'What it gets right and wrong' : 'What it looks for', pick,
                          h('div', {class: 'grid'}, charts.map(([title, note, e]) => card(title, note, e)), images));
  return {element, redraw};
}
