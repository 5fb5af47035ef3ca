"""What the reference takes from the sources: examples from tests/snippets,
comments of ops from ops/, public functions from the headers."""

import json
import os
import pathlib
import re
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]

EXAMPLE = re.compile(r"^EXAMPLE\((\S+)\) \{( [^\n]* |\n.*?\n)\}$", re.S | re.M)
# A declaration at the margin: a function, or a struct with members.
FUNCTION = re.compile(r"^(?!return|using|template|friend|namespace)"
                      r"[\w:<>,*& ]+?[ &*](operator[^\w\s(]+|\w+)\(")
# Namespaces whose functions the reference must show.
OPEN = ("namespace weft {", "namespace initializers {", "namespace schedules {")
STRUCT = re.compile(r"^struct (\w+) \{")


def examples():
    """The examples' code by the name of what they show."""
    found = {}
    for path in sorted((ROOT / "tests/snippets").glob("*.cpp")):
        for name, body in EXAMPLE.findall(path.read_text(encoding="utf-8")):
            found[name] = textwrap.dedent(body.strip("\n")).strip()
    return found


def op_comments():
    """The comments before the structs of ops/, by the ops' names."""
    found = {}
    pattern = re.compile(
        r"((?:^ *///? ?[^\n]*\n)*)(?:^template[^\n]*\n)?^struct \w+[^\n]*\{\n"
        r'[^}]*?string_view name\s*=\s*"([^"]+)"', re.M)
    for path in sorted((ROOT / "ops").glob("*.cpp")):
        for comment, name in pattern.findall(path.read_text(encoding="utf-8")):
            lines = [re.sub(r"^ *///? ?", "", line)
                     for line in comment.splitlines()]
            found[name] = (" ".join(lines), path.relative_to(ROOT))
    return found


def facts():
    """What the build's folder knows: the registry's facts by op, and the ops
    that each example uses."""
    build = os.environ.get("WEFT_DOCS_BUILD")
    if build is None:
        return {}, {}
    ops = json.loads((pathlib.Path(build) / "ops.json").read_text())
    used = {}
    for line in (pathlib.Path(build) / "snippet_ops.txt").read_text().splitlines():
        name, *names = line.split(" ")
        used.setdefault(name, set()).update(names)
    return {op["name"]: op for op in ops}, used


def declared(header):
    """The names declared at the margin of a header's text, in namespace weft,
    with the number of their line."""
    names = []
    hidden = False
    for number, line in enumerate(header.splitlines()):
        if line.startswith("namespace "):
            hidden = line not in OPEN
        match = None if hidden else FUNCTION.match(line) or STRUCT.match(line)
        if match:
            names.append((match[1], number))
    return names
