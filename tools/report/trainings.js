// Trainings: header with runs, findings, charts, settings.
import {classes} from './classes.js';
import {curves} from './curves.js';
import {layers} from './layers.js';
import {network} from './network.js';
import {duration, h, number, percent, section} from './page.js';

const swatch = (i) => h('span', {class: 'swatch', style: `background:var(--run-${i % 8})`});

function facts(run) {
  const last = run.epochs[run.epochs.length - 1];
  const k = run.classification;
  const list = [
    k.count ? ['accuracy', percent(k.accuracy, 2)] : last && last.validation_accuracy > 0 ? ['accuracy', percent(last.validation_accuracy, 2)] : null,
    ['loss', number(k.count ? k.loss : last ? last.validation_loss || last.loss : null, 4)],
    ['epochs', number(last?.epoch ?? 0)], ['steps', number(run.total_steps)],
    ['run time', duration(run.seconds)], ['threads', number(run.threads)],
    ['parameters', number(run.parameters)], ['seed', run.seed],
    run.training_examples ? ['training examples', number(run.training_examples)] : null
  ].filter(Boolean);
  return h('div', {class: 'card'}, h('h3', {}, swatch(run.color), run.name),
           h('dl', {class: 'facts'}, list.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))));
}

function findings(runs) {
  const all = runs.flatMap((run) => run.findings.map((f) => [run, f]));
  if (!all.length) return null;
  return section('findings', 'Findings', h('div', {class: 'runs', style: 'margin-top:0'}, all.map(([run, f]) =>
      h('article', {class: 'card finding'},
        h('h3', {}, h('span', {class: 'tag'}, f.kind), f.layer ? ` in ${f.layer}` : '', runs.length > 1 ? ` · ${run.name}` : ''),
        h('p', {}, f.evidence), f.reason ? h('p', {}, f.reason) : null, h('p', {}, h('b', {}, 'Remedy: '), f.remedy)))));
}

function plain(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'string' ? value || '–' : String(value);
  } catch {
    return text;
  }
}

function settings(runs) {
  const keys = [...new Set(runs.flatMap((r) => Object.keys(r.settings)))];
  const rows = [
    ...keys.map((k) => [k.replaceAll('_', ' '), runs.map((r) => k in r.settings ? plain(r.settings[k]) : '–')]),
    ['batch size', runs.map((r) => r.batch_size ? number(r.batch_size) : '–')],
    ['seed', runs.map((r) => r.seed)], ['threads', runs.map((r) => number(r.threads))],
    ['Weft', runs.map((r) => r.weft_version)], ['compiler', runs.map((r) => r.compiler)],
    ['processor', runs.map((r) => r.processor || '–')]
  ].filter(([name], i, all) => all.findIndex(([n]) => n === name) === i);
  return section('settings', 'Settings and machine', h('div', {class: 'card scroll', tabindex: 0, role: 'region', 'aria-label': 'Settings'},
      h('table', {}, h('thead', {}, h('tr', {}, h('th', {scope: 'col'}, ''), runs.map((r) => h('th', {scope: 'col'}, r.name)))),
        h('tbody', {}, rows.map(([name, values]) => h('tr', {}, h('th', {scope: 'row'}, name), values.map((v) => h('td', {}, v))))))));
}

/** The parts of the page: its title, what goes below it, the sections. */
export function trainings(runs) {
  runs.forEach((run, i) => {
    run.color = i;
    run.shown = true;
    const same = runs.slice(0, i).filter((r) => r.name === run.name).length;
    if (same) run.name += ` (${same + 1})`;
  });
  const parts = {curves: curves(runs), layers: layers(runs), classes: classes(runs), network: network(runs)};
  const shown = runs.length > 1 ? runs.map((run) => h('button', {type: 'button', class: 'run', 'aria-pressed': 'true', onclick: (e) => {
    run.shown = !run.shown;
    e.currentTarget.setAttribute('aria-pressed', String(run.shown));
    parts.curves.redraw();
    parts.classes?.redraw();
  }}, swatch(run.color), run.name)) : [];
  const sections = [findings(runs), parts.curves.element, parts.layers?.element, parts.classes?.element, parts.network?.element, settings(runs)].filter(Boolean);
  return {
    title: 'Training report', subtitle: runs.length === 1 ? runs[0].name : `${runs.length} runs compared`,
    version: runs[0]?.weft_version, sections, linked: () => true,
    top: [
      h('div', {class: 'runs'}, runs.map(facts)),
      shown.length ? h('div', {class: 'controls', style: 'margin:16px 0 0', role: 'group', 'aria-label': 'Runs shown'}, shown) : null
    ],
    narrowed: () => parts.network?.redraw()
  };
}
