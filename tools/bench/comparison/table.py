"""The Markdown table of the results."""

import statistics

from comparison import cases, measure, programs

HANDS = ("hand-eigen", "hand-openblas")


def number(x):
    if x >= 1000:
        return f"{round(x, -int(len(str(int(x))) - 3)):,.0f}"
    return f"{x:.3g}"


def merged(rows):
    """The two programs by hand count as one: the faster of them."""
    hands = [rows[h] for h in HANDS if h in rows]
    others = {k: v for k, v in rows.items() if k not in HANDS}
    if hands:
        others["hand"] = min(hands, key=lambda r: r["ratio"])
    return others


TITLES = {"weft": "Weft", "hand": "by hand",
          **{p.name: p.title for p in programs.PEER_LIST}, **programs.GIVEN}


def columns(results, names):
    found = []
    for case in names:
        for entry in results.get(case.name, {}).values():
            for name in merged(measure.summary(case, entry)):
                if name not in found and name != "weft":
                    found.append(name)
    return found


def comparison(results, names, share_of=None):
    """One line a case and number of threads: values, and in brackets how many
    times as fast Weft is."""
    peers = columns(results, names)
    head = ["case", "unit", "threads", "Weft", "spread"]
    if share_of:
        head.append("of peak")
    lines = ["| " + " | ".join(head + [TITLES.get(p, p) for p in peers]) + " |",
             "|" + "---|" * (len(head) + len(peers))]
    for case in names:
        for threads, entry in sorted(results.get(case.name, {}).items()):
            rows = merged(measure.summary(case, entry))
            weft = rows["weft"]
            line = [f"{case.name}: {case.title}", case.unit, threads,
                    number(weft["value"]), f"{weft['spread']:.0%}"]
            if share_of:
                line.append(f"{weft['value'] / share_of[threads]:.0%}")
            for p in peers:
                line.append(f"{number(rows[p]['value'])} "
                            f"(×{rows[p]['ratio']:.2f})" if p in rows else "–")
            if entry["disturbed"]:
                line[0] += " *"
            lines.append("| " + " | ".join(line) + " |")
    return lines


def ablation(data):
    """How many times as long a case takes without a pass."""
    passes = data["passes"]
    lines = ["| case | threads | " + " | ".join(passes) + " |",
             "|---|---|" + "---|" * len(passes)]
    for case in cases.CASES:
        for threads, entry in sorted(
                data["ablation"].get(case.name, {}).items()):
            seconds = entry["seconds"]
            ratios = [statistics.median(
                without / weft for without, weft in
                zip(seconds[p], seconds["weft"])) for p in passes]
            lines.append(f"| {case.name} | {threads} | " +
                         " | ".join(f"{r:.2f}" for r in ratios) + " |")
    return lines


def compile_times(results):
    lines = ["| graph | nodes | seconds | µs a node |", "|---|---|---|---|"]
    for kind, points in results.items():
        lines += [f"| {kind} | {p['nodes']:,} | {p['seconds']:.3g} | "
                  f"{1e6 * p['seconds'] / p['nodes']:.2f} |" for p in points]
    return lines


def start(results):
    lines = ["| | " + " | ".join(TITLES.get(k, k) for k in results) + " |",
             "|" + "---|" * (len(results) + 1)]
    for key, title in (("first_step", "start to first step, s"),
                       ("peak_mb", "peak memory of B2 with Adam, MB")):
        lines.append(f"| {title} | " + " | ".join(
            f"{statistics.median(r[key]):.3g}" for r in results.values()) +
            " |")
    return lines


def document(data):
    machine = data["machine"]
    lines = ["# Weft beside others", "",
             "Written by `tools/bench/run`, Weft at commit "
             f"{data['commit']}. Medians of interleaved rounds; in "
             "brackets how many times as fast Weft is (the median of the "
             "rounds' ratios). For ns, µs and ms lower is better. Spread: "
             "greatest less least round, by the median. A star: other "
             "processes took processor time during some round.", "",
             f"{machine['model']}: " + "; ".join(
                 f"{n} thread{'s' * (n != '1')}: "
                 f"{machine['peak'][n]:.0f} GFLOP/s of f32 multiply-adds, "
                 f"{machine['triad'][n]:.1f} GB/s (triad)"
                 for n in machine["peak"]) + ".", ""]
    lines += comparison(data["cases"], cases.CASES) + [""]
    if "start" in data:
        lines += start(data["start"]) + [""]
    if any(c.name in data["cases"] for c in cases.PRODUCTS):
        lines += ["Matrix products, f32:", ""]
        lines += comparison(data["cases"], cases.PRODUCTS, machine["peak"])
        lines += [""]
    if "ablation" in data:
        lines += ["How many times as long a case takes with a pass left out:",
                  ""] + ablation(data) + [""]
    if "compile" in data:
        lines += ["Time to compile a graph and to plan it for one batch size:",
                  ""] + compile_times(data["compile"]) + [""]
    return "\n".join(lines)
