"""Charts as SVG files that need nothing else."""

import html
import math

FONT = "font-family='system-ui, sans-serif'"
COLOURS = ["#2563eb", "#64748b", "#ea580c", "#0d9488", "#a855f7", "#ca8a04"]


def text(x, y, content, size=12, anchor="start", colour="#334155", weight=400):
    return (f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' {FONT} "
            f"text-anchor='{anchor}' fill='{colour}' font-weight='{weight}'>"
            f"{html.escape(content)}</text>")


def line(x1, y1, x2, y2, colour="#e2e8f0"):
    return (f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' "
            f"stroke='{colour}'/>")


def document(width, height, parts):
    return "\n".join(
        [f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' "
         f"height='{height:.0f}' viewBox='0 0 {width} {height:.0f}'>",
         f"<rect width='{width}' height='{height:.0f}' fill='white'/>"] +
        parts + ["</svg>", ""])


def legend(x, y, names):
    parts = []
    for name, colour in zip(names, COLOURS):
        parts.append(f"<rect x='{x}' y='{y - 10}' width='12' height='12' "
                     f"fill='{colour}'/>")
        parts.append(text(x + 17, y, name))
        x += 40 + 7.5 * len(name)
    return parts


def bars(title, note, series, groups):
    """Horizontal bars from 0. `groups` is a list of (label, sublabel, {name:
    (length, text)}), `series` the names in order."""
    width, left, right, bar = 860, 330, 90, 13
    longest = max(v for _, _, row in groups for v, _ in row.values())
    scale = (width - left - right) / longest
    parts = [text(20, 28, title, 17, weight=600, colour="#0f172a"),
             text(20, 48, note)] + legend(20, 74, series)
    y = 96
    for label, sublabel, row in groups:
        top = y
        for name, colour in zip(series, COLOURS):
            if name not in row:
                continue
            length, shown = row[name]
            parts.append(f"<rect x='{left}' y='{y}' width="
                         f"'{max(1, length * scale):.1f}' height='{bar - 2}' "
                         f"fill='{colour}'/>")
            parts.append(text(left + length * scale + 5, y + bar - 3, shown,
                              11))
            y += bar
        parts.append(text(20, top + 11, label, 12, weight=600))
        parts.append(text(20, top + 26, sublabel, 11, colour="#64748b"))
        y = max(y, top + 2 * bar + 4) + 11
    return document(width, y + 10, parts)


def log_lines(title, note, x_name, y_name, series):
    """Points joined by lines on two logarithmic axes. `series` is a list of
    (name, [(x, y)])."""
    width, height, left, top, right, bottom = 720, 440, 80, 95, 30, 55
    points = [p for _, ps in series for p in ps]
    low = [math.floor(math.log10(min(p[i] for p in points))) for i in (0, 1)]
    high = [math.ceil(math.log10(max(p[i] for p in points))) for i in (0, 1)]

    def place(x, y):
        return (left + (math.log10(x) - low[0]) / (high[0] - low[0]) *
                (width - left - right),
                height - bottom - (math.log10(y) - low[1]) /
                (high[1] - low[1]) * (height - top - bottom))

    parts = [text(20, 28, title, 17, weight=600, colour="#0f172a"),
             text(20, 48, note)] + legend(20, 74, [n for n, _ in series])
    for e in range(low[0], high[0] + 1):
        x, y = place(10 ** e, 10 ** low[1])
        parts += [line(x, y, x, top), text(x, y + 18, f"{10 ** e:,}",
                                           anchor="middle")]
    for e in range(low[1], high[1] + 1):
        x, y = place(10 ** low[0], 10.0 ** e)
        label = f"{10 ** e:,}" if e >= 0 else f"{10.0 ** e:.{-e}f}"
        parts += [line(x, y, width - right, y),
                  text(x - 8, y + 4, label, anchor="end")]
    for (_, ps), colour in zip(series, COLOURS):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in
                        (place(*p) for p in ps))
        parts.append(f"<polyline points='{path}' fill='none' stroke="
                     f"'{colour}' stroke-width='2'/>")
        parts += [f"<circle cx='{place(*p)[0]:.1f}' cy='{place(*p)[1]:.1f}' "
                  f"r='3' fill='{colour}'/>" for p in ps]
    parts += [text((left + width - right) / 2, height - 14, x_name,
                   anchor="middle"),
              text(left - 60, top - 10, y_name)]
    return document(width, height, parts)
