"""How many evaluations Weft's L-BFGS and SciPy's L-BFGS-B take on the functions of
Moré, Garbow and Hillstrom.

Usage: minimizers_vs_scipy.py PROGRAM [TOLERANCE], where PROGRAM is the built
minimizers_bench, which also computes the functions for SciPy: both minimise the
same graphs, from the published starts, until the greatest gradient is at most
TOLERANCE (1e-6), with no rule on the change of the value. Exits 1 if Weft took
more on those functions where all of them got there. Needs Debian's python3-scipy.
"""

import struct
import subprocess
import sys

import numpy
import scipy
import scipy.optimize

PROGRAM = sys.argv[1]
TOLERANCE = float(sys.argv[2]) if len(sys.argv) > 2 else 1e-6


class Function:
    """A function that PROGRAM computes."""

    def __init__(self, name):
        self.process = subprocess.Popen(
            [PROGRAM, "--serve", name], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        self.n = int(self.read(1)[0])
        self.start = numpy.array(self.read(self.n))

    def read(self, count):
        return struct.unpack(f"{count}d", self.process.stdout.read(8 * count))

    def __call__(self, x):
        self.process.stdin.write(numpy.asarray(x, dtype="<f8").tobytes())
        self.process.stdin.flush()
        answer = numpy.array(self.read(1 + self.n))
        return answer[0], answer[1:]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def scipy_result(name, memory):
    f = Function(name)
    r = scipy.optimize.minimize(
        f, f.start, jac=True, method="L-BFGS-B",
        options={"gtol": TOLERANCE, "ftol": 0, "maxcor": memory,
                 "maxiter": 20000, "maxfun": 20000})
    f.close()
    return r.fun, max(abs(r.jac)), r.nfev


def weft_results():
    text = subprocess.run([PROGRAM, "lbfgs", str(TOLERANCE)], check=True,
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
        _, name, cost, gradient, _, evaluations, _ = line.split()
        yield name, float(cost), float(gradient), int(evaluations)


def main():
    print(f"SciPy {scipy.__version__}, greatest gradient {TOLERANCE:g}")
    print(f"{'':24}{'Weft':>26}{'SciPy, 10 pairs':>26}{'SciPy, 15 pairs':>26}")
    totals, both = [0, 0, 0], [0, 0, 0]
    for name, cost, gradient, evaluations in weft_results():
        results = [(cost, gradient, evaluations),
                   scipy_result(name, 10), scipy_result(name, 15)]
        cells = "".join(f"{c:14.6g}{g:8.0e}{n:4d}" for c, g, n in results)
        reached = all(g <= TOLERANCE for _, g, _ in results)
        print(f"{name:24}{cells}{'' if reached else '  *'}")
        for i, (_, _, n) in enumerate(results):
            totals[i] += n
            both[i] += n if reached else 0
    print("value, greatest gradient, evaluations; * not reached by all")
    print("evaluations of all:          ", *totals)
    print("of those reached by all:     ", *both)
    return 1 if both[0] > min(both[1:]) else 0


if __name__ == "__main__":
    sys.exit(main())
