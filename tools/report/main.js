// The page, of trainings or of the laboratory: header, sections, themes.
import {drawAll, resizeAll} from './chart.js';
import {laboratory} from './lab.js';
import {h} from './page.js';
import {trainings} from './trainings.js';

const record = JSON.parse(document.getElementById('runs').textContent);

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');
let theme = 'auto';
function applyTheme(forced) {
  const wanted = forced ?? theme;
  root.dataset.theme = wanted === 'auto' ? (system.matches ? 'dark' : 'light') : wanted;
}
applyTheme();

function header({title, subtitle, sections, top, linked}) {
  const themes = ['auto', 'light', 'dark'];
  const button = h('button', {type: 'button', id: 'theme', 'aria-label': 'Theme', onclick: () => {
    theme = themes[(themes.indexOf(theme) + 1) % 3];
    button.textContent = 'Theme: ' + theme;
    applyTheme();
    drawAll();
  }}, 'Theme: auto');
  document.title = subtitle + ' – Weft report';
  return [
    h('div', {class: 'bar'}, h('h1', {}, title, h('small', {}, subtitle)), h('span', {class: 'space'}), button),
    h('nav', {'aria-label': 'Sections'}, sections.filter(linked).map((s) => h('a', {href: '#' + s.id}, s.querySelector('h2').textContent))),
    ...top
  ].filter(Boolean);
}

const page = Array.isArray(record) ? trainings(record) : laboratory(record);
document.getElementById('top').append(...header(page));
document.getElementById('main').append(...page.sections);
document.getElementById('foot').append(
    'Written by Weft ' + (page.version ?? '') + '. In a chart: arrow keys go from point to point, up and down from curve to curve, + and − zoom, Escape shows everything; ',
    'Ctrl and the wheel zoom, too. Charts by Apache ECharts.');

drawAll();
system.addEventListener('change', () => { applyTheme(); drawAll(); });
let narrow = innerWidth < 760;
addEventListener('resize', () => {
  if (narrow !== innerWidth < 760) {
    narrow = !narrow;
    page.narrowed?.();
  }
  resizeAll();
});
addEventListener('beforeprint', () => { applyTheme('light'); drawAll(); resizeAll(); });
addEventListener('afterprint', () => { applyTheme(); drawAll(); resizeAll(); });
root.dataset.ready = 'yes';
