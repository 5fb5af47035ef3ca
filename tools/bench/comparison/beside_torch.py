"""Weft's programs in turn with libtorch's, and a table of both."""

import argparse
import math
import os
import pathlib
import statistics
import sys

from comparison import measure, programs

HEAD = ("| case | threads | Weft, {unit} | libtorch, {unit} | times as fast |",
        "|---|---|---|---|---|")


def peer(name, source):
    return programs.Peer(
        name, "libtorch", (source,), "torch/csrc/api/include/torch/torch.h",
        ("-I/usr/include/torch/csrc/api/include", "-w"),
        ("torch", "torch_cpu", "c10"), "libtorch-dev")


def arguments(description, cases, program, threads, results):
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--cases", default=",".join(cases))
    p.add_argument("--threads", default=threads)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--repeats", type=int, default=2, help="in a round")
    p.add_argument("--seconds", type=float, default=0.15, help="of a repeat")
    p.add_argument("--build-only", action="store_true")
    p.add_argument("--weft", metavar="PROGRAM",
                   help=f"{program}, if it is built already")
    p.add_argument("--publish", action="store_true",
                   help=f"write the table to tools/bench/results/{results}")
    return p.parse_args()


def build(given, program, torch):
    """The two programs."""
    if given:
        weft = pathlib.Path(given)
    else:
        programs.build_weft()
        programs.run(["cmake", "--build", programs.BUILD, "--target", program,
                      "--parallel", os.cpu_count()])
        weft = programs.BUILD / "bin" / program
    other = programs.build_peer(torch, lambda text: print(text,
                                                          file=sys.stderr))
    if not other:
        sys.exit("bench: there is nothing to compare with")
    return weft, other


def row(name, threads, weft, torch, options, factor):
    """A line of the table, and the ratio."""
    class Case:
        program_case = name
    # Of libtorch's two ways to use OpenBLAS the better one counts.
    peers = [(f"torch#{i}", torch, programs.environment(s, threads))
             for i, s in enumerate((programs.N_BLAS, programs.ONE_BLAS))]
    field = [("weft", weft, programs.environment((), threads))]
    entry = measure.measure_case(
        Case, threads, field + (peers if threads > 1 else peers[:1]), options)
    seconds = entry["seconds"]
    ours = seconds.pop("weft")
    theirs = min(seconds.values(), key=statistics.median)
    ratio = statistics.median(t / w for t, w in zip(theirs, ours))
    star = " *" if entry["disturbed"] else ""
    return (f"| {name}{star} | {threads} | "
            f"{factor * statistics.median(ours):.3g} | "
            f"{factor * statistics.median(theirs):.3g} | {ratio:.2f} |", ratio)


def mean(ratios):
    """The geometric one."""
    return math.exp(statistics.fmean(math.log(r) for r in ratios))
