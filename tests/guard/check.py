"""Compares what small fixed cases cost with committed figures.

Instructions of one step, as callgrind counts them, must be within a case's
tolerance of the figure; memory planned and kernels run exactly the same, and a
step must not touch the heap. Callgrind's processor has AVX2 and no AVX-512,
whichever it runs on, so the kernels are the same everywhere.

    check.py PROGRAM FIGURES COMPILER [--update]

FIGURES is a JSON file, COMPILER such as "GNU 12.2.0". With --update the figures
are written anew. Exits 1 if a figure does not hold, 77 if it can't be checked.
"""

import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
TOLERANCE = 0.02
EXACT = ("planned_bytes", "kernels")


def run(command, folder):
    """What a case prints and, under callgrind, its instructions."""
    # Little of the caller's environment, which lies on the stack and is read by
    # libraries.
    kept = {k: v for k, v in os.environ.items()
            if k in ("PATH", "LD_LIBRARY_PATH")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder,
                          env=kept)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    counted = re.search(r"Collected : (\d+)", done.stderr)
    return done.stdout, int(counted.group(1)) if counted else None


def count(program, name, folder):
    """The costs of one step of a case."""
    text, instructions = run(
        ["valgrind", "--tool=callgrind", "--collect-atstart=no",
         "--toggle-collect=guarded_steps", "--callgrind-out-file=/dev/null",
         program, name], folder)
    return {"instructions": instructions, **json.loads(text)}


def differences(name, now, committed):
    if committed is None:
        return [f"{name}: no figures are committed for it"]
    problems = []
    if now["allocations"] != 0:
        problems.append(f"{name}: a step allocates {now['allocations']} times")
    for key in EXACT:
        if now[key] != committed[key]:
            problems.append(f"{name}: {key} is {now[key]:,}, "
                            f"committed {committed[key]:,}")
    was, tolerance = committed["instructions"], committed["tolerance"]
    change = now["instructions"] / was - 1
    if abs(change) > tolerance:
        problems.append(
            f"{name}: {now['instructions']:,} instructions a step, committed "
            f"{was:,}: {change:+.1%}, more than {tolerance:.0%}")
    return problems


def unable(compiler, figures):
    """Why the figures can't be checked here; empty if they can."""
    if not shutil.which("valgrind"):
        return "valgrind is not installed (tools/setup --ci does it)"
    if platform.machine() != "x86_64":
        return f"the figures are for x86_64, this is {platform.machine()}"
    if figures and compiler.split(".")[0] != figures["compiler"]:
        return f"the figures are for {figures['compiler']}, this is {compiler}"
    return ""


def main():
    program, path, compiler = sys.argv[1:4]
    program = str(pathlib.Path(program).resolve())
    update = "--update" in sys.argv
    path = pathlib.Path(path)
    figures = json.loads(path.read_text()) if path.exists() else {}
    reason = unable(compiler, {} if update else figures)
    if reason:
        print("skipped:", reason)
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        names = run([program], folder)[0].split()
        now = {name: count(program, name, folder) for name in names}
    old = figures.get("cases", {})
    problems = []
    for name in names:
        line = now[name]
        was = old.get(name, {}).get("instructions")
        change = f" ({line['instructions'] / was - 1:+.2%})" if was else ""
        print(f"{name}: {line['instructions']:,} instructions{change}, "
              f"{line['planned_bytes']:,} bytes, {line['kernels']} kernels, "
              f"{line['allocations']} allocations")
        problems += differences(name, line, old.get(name))
    problems += [f"{name}: no such case any more" for name in old
                 if name not in now]
    if not update:
        print("\n".join(problems))
        if problems:
            print("If this is meant: cmake --build --preset release "
                  "--target update_guard")
        return 1 if problems else 0
    for name in names:
        tolerance = old.get(name, {}).get("tolerance", TOLERANCE)
        if now[name].pop("allocations"):
            sys.exit(f"{name} allocates in a step: that is never right")
        now[name]["tolerance"] = tolerance
    path.write_text(json.dumps({"compiler": compiler.split(".")[0],
                                "cases": now}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
