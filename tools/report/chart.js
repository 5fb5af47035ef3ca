// Charts: made once, drawn again when theme, size or choices change.
import {BarChart, GraphChart, HeatmapChart, LineChart} from 'echarts/charts';
import {AriaComponent, DataZoomComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent} from 'echarts/components';
import * as echarts from 'echarts/core';
import {SVGRenderer} from 'echarts/renderers';

import {h} from './page.js';

echarts.use([
  BarChart, GraphChart, HeatmapChart, LineChart, AriaComponent,
  DataZoomComponent, GridComponent, LegendComponent, MarkLineComponent,
  TooltipComponent, VisualMapComponent, SVGRenderer
]);

const charts = [];
window.weftCharts = charts;  // for tests, and for whoever wants to look

export function colors() {
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue('--' + name).trim();
  return {
    ink: get('ink'), soft: get('soft'), line: get('line'), grid: get('grid'),
    card: get('card'), accent: get('accent'), heatLow: get('heat-low'),
    heatHigh: get('heat-high'), alertLow: get('alert-low'),
    alertHigh: get('alert-high'),
    runs: Array.from({length: 8}, (_, i) => get('run-' + i))
  };
}

export const axis = (c, name, more = {}) => ({
  name, nameLocation: 'middle', nameGap: 28,
  nameTextStyle: {color: c.soft, fontSize: 12},
  axisLine: {lineStyle: {color: c.line}}, axisTick: {show: false},
  axisLabel: {color: c.soft, fontSize: 11.5, hideOverlap: true},
  splitLine: {lineStyle: {color: c.grid}}, ...more
});

export const tip = (c, more = {}) => ({
  backgroundColor: c.card, borderColor: c.line, confine: true, className: 'tip',
  textStyle: {color: c.ink, fontSize: 12.5}, transitionDuration: 0, ...more
});

/** A scale for heat maps, below them. */
export const scale = (c, max, alert, format) => ({
  min: 0, max, calculable: false, orient: 'horizontal', left: 'center',
  bottom: 0, itemWidth: 10, itemHeight: 120, dimension: 2, hoverLink: false,
  text: [format(max), format(0)], textStyle: {color: c.soft, fontSize: 11.5},
  inRange: {color: alert ? [c.alertLow, c.alertHigh] : [c.heatLow, c.heatHigh]}
});

/** The element of a chart; option(colors) is what ECharts draws. */
export function chart(id, label, option, tall = false) {
  const element = h('div', {class: tall ? 'chart tall' : 'chart', id, tabindex: 0, role: 'img', 'aria-label': label});
  const made = {id, element, option, instance: null, at: -1, series: 0};
  element.addEventListener('keydown', (e) => onKey(made, e));
  element.addEventListener('blur', () => made.instance?.dispatchAction({type: 'hideTip'}));
  charts.push(made);
  element.redraw = () => draw(made);
  return element;
}

function draw(made) {
  if (!made.instance) {
    made.instance = echarts.init(made.element, null, {renderer: 'svg'});
  }
  const option = made.option(colors());
  made.instance.setOption(
      {animation: false, aria: {enabled: false}, ...option}, {notMerge: true});
}

export const drawAll = () => charts.forEach(draw);
export const resizeAll = () => charts.forEach((c) => c.instance?.resize());

/** Arrows go from point to point, + and − zoom, Escape shows everything. */
function onKey(made, event) {
  const instance = made.instance;
  const series = instance.getOption().series;
  if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
    const data = series[made.series]?.data ?? [];
    if (!data.length) return;
    const step = (event.shiftKey ? 10 : 1) * (event.key === 'ArrowRight' ? 1 : -1);
    made.at = (Math.max(made.at, step > 0 ? -1 : 0) + step + data.length) % data.length;
    instance.dispatchAction({type: 'showTip', seriesIndex: made.series, dataIndex: made.at});
  } else if ((event.key === 'ArrowUp' || event.key === 'ArrowDown') && series.length > 1) {
    made.series = (made.series + (event.key === 'ArrowDown' ? 1 : series.length - 1)) % series.length;
  } else if (event.key === '+' || event.key === '-') {
    const zoom = instance.getOption().dataZoom?.[0];
    if (!zoom) return;
    const middle = (zoom.start + zoom.end) / 2;
    const half = Math.min(50, (zoom.end - zoom.start) / 2 * (event.key === '+' ? 0.6 : 1.7));
    instance.dispatchAction({type: 'dataZoom', start: Math.max(0, middle - half), end: Math.min(100, middle + half)});
  } else if (event.key === 'Escape') {
    instance.dispatchAction({type: 'hideTip'});
    instance.dispatchAction({type: 'dataZoom', start: 0, end: 100});
  } else {
    return;
  }
  event.preventDefault();
}
