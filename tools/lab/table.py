"""The results of `weft lab --json` as a table in Markdown.

Usage: table.py LAB.json > results.md
"""

import json
import sys


def number(x):
    return "–" if x is None else f"{x:.3g}"


def wanted(c):
    least, most = c["least"], c["most"]
    if least is not None and most is not None:
        return f"{least:g} to {most:g}"
    return f"{least:g} or more" if least is not None else f"{most:g} or less"


def main():
    lab = json.load(open(sys.argv[1], encoding="utf-8"))
    print(f"# How classifiers learn, measured\n\n{lab['data']}; "
          f"{lab['rows']:,} rows of {lab['columns']} inputs and "
          f"{lab['classes']} classes for each of {lab['seeds']} seeds (from "
          f"{lab['first_seed']} on). Written by `tools/lab/run`; `weft lab -o "
          "lab.html` shows methods, seeds and pictures.\n")
    print("| claim | verdict | compared, seed by seed | mean | 95 % interval | "
          "wanted |\n|---|---|---|---|---|---|")
    for e in lab["experiments"]:
        head = f"{e['title']} | **{e['verdict']}**"
        for c in e["comparisons"]:
            name = ("factor of " if c["factor"] else "") + c["name"]
            name = name.replace("|", "\\|")
            print(f"| {head} | {name} | {number(c['mean'])} | "
                  f"{number(c['low'])} to {number(c['high'])} | {wanted(c)} |")
            head = " |"


if __name__ == "__main__":
    main()
