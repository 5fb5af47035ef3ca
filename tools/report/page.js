// Small helpers: elements, numbers, images.

/** h('div', {class: 'x', onclick: f}, child, 'text') */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.flat().filter((c) => c !== null && c !== undefined));
  return element;
}

export const known = (v) => v !== null && v !== undefined && isFinite(v);

/** 0.001234 → "0.00123", 12345678 → "1.23e+7" */
export function number(v, digits = 3) {
  if (!known(v)) return '–';
  if (v === 0) return '0';
  const size = Math.abs(v);
  if (size >= 1e6 || size < 1e-3) return v.toExponential(digits - 1);
  if (Number.isInteger(v)) return v.toLocaleString('en-US');
  return String(Number(v.toPrecision(digits)));
}

export const percent = (v, digits = 1) =>
    known(v) ? (100 * v).toFixed(digits) + ' %' : '–';

export function duration(s) {
  if (!known(s)) return '–';
  if (s < 1) return Math.round(1000 * s) + ' ms';
  if (s < 120) return s.toFixed(1) + ' s';
  return Math.floor(s / 60) + ' min ' + Math.round(s % 60) + ' s';
}

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

/** Draws bytes; color(byte) → [r, g, b]. */
export function image(base64, width, height, color, label) {
  const canvas = h('canvas', {width, height, role: 'img', 'aria-label': label});
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(width, height);
  bytesOf(base64).forEach((byte, i) => {
    pixels.data.set([...color(byte), 255], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
  return canvas;
}

export const grey = (byte) => [byte, byte, byte];

/** Blue for negative, white for zero, red for positive weights. */
export function diverging(byte) {
  const t = (byte - 128) / 127;
  const fade = (full) => Math.round(255 + (full - 255) * Math.min(1, Math.abs(t)));
  return t < 0 ? [fade(24), fade(78), fade(160)] : [fade(178), fade(24), fade(43)];
}

export function section(id, title, ...children) {
  return h('section', {id, 'aria-labelledby': id + '-title'},
           h('h2', {id: id + '-title'}, title), ...children);
}

export function card(title, note, ...children) {
  return h('div', {class: 'card'}, title ? h('h3', {}, title) : null,
           note ? h('p', {class: 'note'}, note) : null, ...children);
}

/** A select with a label; calls back with the index chosen. */
export function choice(label, options, onchange) {
  const select = h('select', {onchange: () => onchange(select.selectedIndex)},
                   options.map((o) => h('option', {}, o)));
  return h('label', {}, label, select);
}

/** A button that is on or off. */
export function toggle(text, on, onchange) {
  const button = h('button', {type: 'button', 'aria-pressed': String(on), onclick: () => {
    on = !on;
    button.setAttribute('aria-pressed', String(on));
    onchange(on);
  }}, text);
  return button;
}
