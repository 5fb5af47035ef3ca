// Loss, accuracy, learning rate and gradient norm by step and epoch.
import {axis, chart, tip} from './chart.js';
import {card, choice, h, known, number, percent, section, toggle} from './page.js';

const state = {byEpoch: true, smoothing: 0.6, log: false};

/** An exponential moving average that is not drawn towards 0 at its start. */
function smooth(points, weight) {
  if (weight === 0) return points;
  let sum = 0, norm = 0;
  return points.map(([x, y]) => {
    if (!known(y)) return [x, y];
    sum = weight * sum + (1 - weight) * y;
    norm = weight * norm + (1 - weight);
    return [x, sum / norm];
  });
}

const stepsOf = (run, name) => run.steps.step.map(
    (s, i) => [state.byEpoch ? run.steps.epoch[i] : s, run.steps[name][i]]);

/** Epochs have no step of their own: the last one of them. */
function epochsOf(run, value) {
  const each = run.epochs.length ? run.total_steps / run.epochs[run.epochs.length - 1].epoch : 1;
  return run.epochs.map((e) => [state.byEpoch ? e.epoch : Math.round(each * e.epoch), value(e)]);
}

const probesOf = (run, value) => run.probes.map((p) => [state.byEpoch ? p.epoch : p.step, value(p)]);

const judged = (run) => run.epochs.some((e) => known(e.validation_loss) && e.validation_loss !== 0);

const line = (name, data, color, more = {}) => ({
  type: 'line', name, data, showSymbol: data.length < 40, symbolSize: 5,
  lineStyle: {width: 2, ...(more.lineStyle ?? {})}, itemStyle: {color}, color,
  emphasis: {disabled: true}, sampling: 'lttb', ...('opacity' in more ? {} : {}),
  silent: more.silent ?? false, tooltip: {show: !more.silent}
});

function lossSeries(run, color) {
  const steps = stepsOf(run, 'loss');
  const list = [];
  if (steps.length && state.smoothing > 0) {
    list.push(line(run.name + ' as measured', steps, color, {lineStyle: {width: 1, opacity: 0.25}, silent: true}));
  }
  const all = steps.length ? smooth(steps, state.smoothing) : epochsOf(run, (e) => e.loss);
  list.push(line(run.name + ' training', all, color));
  if (judged(run)) {
    list.push(line(run.name + ' held out', epochsOf(run, (e) => e.validation_loss), color, {lineStyle: {type: [5, 4]}}));
  }
  return list;
}

const figures = [
  {id: 'loss', title: 'Loss', note: 'Line: training, by step. Dashed: held-out examples, by epoch.', log: true, format: (v) => number(v, 4), series: lossSeries},
  {id: 'accuracy', title: 'Accuracy', note: 'On held-out examples.', format: (v) => percent(v, 2),
   present: (r) => r.epochs.some((e) => e.validation_accuracy > 0),
   series: (r, c) => [line(r.name, epochsOf(r, (e) => e.validation_accuracy), c)]},
  {id: 'rate', title: 'Learning rate', note: 'What each step was made with.', log: true, format: (v) => number(v, 4),
   present: (r) => r.steps.learning_rate.some((v) => v > 0) || r.epochs.some((e) => e.learning_rate > 0),  // a minimiser has none
   series: (r, c) => [line(r.name, r.steps.step.length ? stepsOf(r, 'learning_rate') : epochsOf(r, (e) => e.learning_rate), c)]},
  {id: 'gradient', title: 'Gradient norm', note: 'Of the loss by all parameters, on examples drawn for each look.', log: true, format: (v) => number(v, 4),
   present: (r) => r.probes.length > 0,
   series: (r, c) => [line(r.name, probesOf(r, (p) => p.gradient_norm), c)]}
];

function option(figure, runs, c) {
  const shown = runs.filter((r) => r.shown && (!figure.present || figure.present(r)));
  const series = shown.flatMap((r) => figure.series(r, c.runs[r.color % c.runs.length]));
  const log = state.log && figure.log;
  for (const s of series) {
    if (log) s.data = s.data.filter(([, y]) => known(y) && y > 0);
  }
  return {
    grid: {left: 58, right: 14, top: 12, bottom: 76},
    xAxis: axis(c, state.byEpoch ? 'epoch' : 'step', {type: 'value', min: (v) => v.min <= 1 ? Math.floor(v.min) : v.min, max: 'dataMax', splitLine: {show: false},
                                                               axisLabel: {color: c.soft, fontSize: 11.5, hideOverlap: true, formatter: (v) => number(v)}}),
    yAxis: axis(c, '', {type: log ? 'log' : 'value', scale: true,
                        axisLabel: {color: c.soft, fontSize: 11.5, formatter: (v) => figure.id === 'accuracy' ? percent(v) : number(v)}}),
    tooltip: tip(c, {trigger: 'axis', valueFormatter: figure.format,
                     axisPointer: {lineStyle: {color: c.soft}, label: {formatter: (p) => number(p.value, 4)}}}),
    dataZoom: [
      {type: 'inside', zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false, filterMode: 'none'},
      {type: 'slider', height: 16, bottom: 8, filterMode: 'none', borderColor: c.line, fillerColor: c.accent + '22',
       handleStyle: {color: c.card, borderColor: c.soft}, moveHandleSize: 0, showDetail: false, brushSelect: false,
       dataBackground: {lineStyle: {opacity: 0}, areaStyle: {opacity: 0}}, selectedDataBackground: {lineStyle: {opacity: 0}, areaStyle: {opacity: 0}}}
    ],
    series
  };
}

export function curves(runs) {
  const shown = figures.filter((f) => runs.some((r) => !f.present || f.present(r)));
  const elements = shown.map((f) => chart(f.id, f.title + ' over the training', (c) => option(f, runs, c)));
  const redraw = () => elements.forEach((e) => e.redraw());
  const slider = h('input', {type: 'range', min: 0, max: 0.99, step: 0.01, value: state.smoothing, id: 'smoothing', oninput: () => {
    state.smoothing = Number(slider.value);
    redraw();
  }});
  const element = section(
      'curves', 'Learning curves',
      h('div', {class: 'controls'}, h('label', {}, 'Smoothing', slider),
        choice('Over', ['epochs', 'steps'], (i) => { state.byEpoch = i === 0; redraw(); }),
        toggle('Logarithmic', state.log, (on) => { state.log = on; redraw(); })),
      h('div', {class: 'grid'}, shown.map((f, i) => card(f.title, f.note, elements[i]))));
  return {element, redraw};
}
