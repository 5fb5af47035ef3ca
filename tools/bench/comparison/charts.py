"""The charts that the README shows."""

from comparison import cases, measure, svg, table

# Weft first, so that it keeps its colour.
SERIES = ("weft", "hand", "libtorch", "dlib", "ggml", "dynet", "mlx")


def networks(data):
    """Speed of the networks' cases, Weft's being 1."""
    groups, used = [], set()
    for case in cases.CASES:
        for threads, entry in sorted(data["cases"].get(case.name, {}).items()):
            rows = table.merged(measure.summary(case, entry))
            if len(rows) < 2:
                continue
            unit = "" if case.unit == "samples/s" else " " + case.unit
            bars = {}
            for name, row in rows.items():
                bars[table.TITLES.get(name, name)] = (
                    1 / row["ratio"], table.number(row["value"]) + unit)
                used.add(name)
            many = "s" if threads != "1" else ""
            groups.append((f"{case.name}, {threads} thread{many}", case.title,
                           bars))
    names = [n for n in SERIES if n in used] + sorted(used - set(SERIES))
    series = [table.TITLES.get(n, n) for n in names]
    return svg.bars(
        "Speed beside others",
        f"Longer is faster, Weft is 1. {data['machine']['model']}; medians of "
        "interleaved rounds; samples/s unless said.", series, groups)


def compile_times(data):
    return svg.log_lines(
        "Time to compile a graph",
        "compile() and the plan for one batch size, one thread. "
        f"{data['machine']['model']}.", "nodes of the graph", "seconds",
        [(name, [(p["nodes"], p["seconds"]) for p in points])
         for name, points in data["compile"].items()
         if len(points) > 1])
