"""Runs the programs in turn and keeps what they print."""

import statistics
import subprocess
import time

from comparison import programs


class NoSuchCase(Exception):
    pass


def call(program, arguments, env=None, wrapper=()):
    done = subprocess.run([*wrapper, str(program), *map(str, arguments)],
                          env=env, capture_output=True, text=True)
    if done.returncode == 3:
        raise NoSuchCase
    if done.returncode != 0:
        raise RuntimeError(f"{program} {arguments}: {done.stderr.strip()}")
    return [line.split() for line in done.stdout.splitlines()]


def samples(lines):
    """Seconds per call of the repeats, and whether any was disturbed. Clean
    ones only, if there is one."""
    rows = [(float(l[1]), l[2] == "clean") for l in lines if l[0] == "sample"]
    clean = [s for s, ok in rows if ok]
    return (clean, False) if clean else ([s for s, _ in rows], True)


def contestants(case, peers, weft, threads):
    """(key, program, environment) of all that take part in a case."""
    weft_env = programs.environment((), threads)
    weft_env["WEFT_BENCH_DISABLE"] = case.disable
    yield "weft", weft, weft_env
    if case.only_weft:
        return
    for peer, program in peers:
        settings = peer.settings if threads > 1 else peer.settings[:1]
        for number, setting in enumerate(settings):
            yield (f"{peer.name}#{number}", program,
                   programs.environment(setting, threads))


def weft_without(weft, passes):
    """Weft as it is, and with each of the passes left out."""
    for name in ["", *passes]:
        env = programs.environment((), 1)
        env["WEFT_BENCH_DISABLE"] = name
        yield name or "weft", weft, env


def measure_case(case, threads, field, options):
    """Seconds per call by contestant: a list with the median of each round.
    The rounds go through the contestants in turn, forwards and backwards."""
    arguments = [case.program_case or case.name, threads, options.seconds,
                 options.repeats]
    field = list(field)
    results, disturbed = {}, 0
    for number in range(options.rounds):
        for key, program, env in field if number % 2 == 0 else field[::-1]:
            try:
                seconds, dirty = samples(call(program, arguments, env))
            except NoSuchCase:
                continue
            results.setdefault(key, []).append(statistics.median(seconds))
            disturbed += dirty
    return {"seconds": results, "disturbed": disturbed}


def measure_start(weft, peers, rounds):
    """Seconds from the start of the process to the end of the first step, and
    the most memory, in MB, of 201 steps of B2 with Adam."""
    results = {}
    for _ in range(rounds):
        for key, program, env in [("weft", weft, None)] + [
                (p.name, program, programs.environment(p.settings[0], 1))
                for p, program in peers]:
            begin = time.monotonic()
            try:
                lines = dict((l[0], l[1]) for l in
                             call(program, ["start", 1], env) if len(l) == 2)
            except NoSuchCase:
                continue
            entry = results.setdefault(key, {"first_step": [], "peak_mb": []})
            entry["first_step"].append(float(lines["first_step"]) - begin)
            entry["peak_mb"].append(float(lines["peak_mb"]))
    return results


def measure_compile(program, sizes):
    """Nodes and seconds of graphs of each kind."""
    results = {}
    for kind in ("chain", "layers", "B2"):
        for size in sizes if kind != "B2" else [0]:
            for l in call(program, [kind, size]):
                if l[0] == "compiled":
                    results.setdefault(kind, []).append(
                        {"nodes": int(l[1]), "seconds": float(l[2])})
    return results


def measure_machine(model, threads, before=None):
    """Peaks by number of threads: the best that was ever seen here, since a
    disturbance only makes them smaller."""
    program = programs.compile_program("machine", ("machine.cpp",), ("-w",))
    machine = {"model": model}
    known = before if before and before["model"] == model else {}
    for what in ("peak", "triad"):
        machine[what] = {
            str(n): max(float(call(program, [what, n])[0][1]),
                        known.get(what, {}).get(str(n), 0)) for n in threads}
    return machine


def summary(case, entry):
    """By peer, its best setting: median, spread and Weft's speed beside it,
    the median of the ratios of the rounds."""
    seconds = entry["seconds"]
    best = {}
    for key, values in seconds.items():
        name = key.split("#")[0]
        if name not in best or statistics.median(values) < statistics.median(
                seconds[best[name]]):
            best[name] = key
    rows = {}
    for name, key in best.items():
        values = seconds[key]
        median = statistics.median(values)
        rows[name] = {
            "value": case.value(median),
            "spread": (max(values) - min(values)) / median,
            "ratio": statistics.median(
                p / w for p, w in zip(values, seconds["weft"])),
        }
    return rows
