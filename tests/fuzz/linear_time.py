"""Compares what reading a file costs with what one eight times as long does.

    linear_time.py PROGRAM [NAME...]

Callgrind counts the instructions of each case of PROGRAM (weft_bounds): the
longer file may take at most 8 * 1.5 times as many, as n log n does. Exits 1 if
one takes more, 77 if callgrind is not installed.
"""

import concurrent.futures
import re
import shutil
import subprocess
import sys

SKIPPED = 77
BYTES = 5_000
TIMES = 8
MOST = TIMES * 1.5


def instructions(program, name, size):
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--collect-atstart=no",
         "--toggle-collect=read_measured", "--callgrind-out-file=/dev/null",
         program, name, str(size)], capture_output=True, text=True)
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not counted:
        sys.exit(f"{name}: {done.stdout}{done.stderr}")
    return int(counted.group(1))


def compare(program, name):
    short = instructions(program, name, BYTES)
    long = instructions(program, name, TIMES * BYTES)
    return name, short, long


def main(program, *names):
    if not shutil.which("valgrind"):
        print("valgrind is not installed")
        return SKIPPED
    if not names:
        names = subprocess.run([program, "--list"], capture_output=True,
                               text=True, check=True).stdout.split()
    failed = False
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, short, long in pool.map(lambda n: compare(program, n), names):
            ratio = long / short
            slow = ratio > MOST
            failed |= slow
            print(f"{name:22} {short:12,} {long:12,} {ratio:6.2f}"
                  f"{'  more than linear' if slow else ''}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
