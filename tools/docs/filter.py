#!/usr/bin/env python3
"""Doxygen's input filter: a header as Doxygen should see it. A header is a
module, its "// ---- " comments are sections, and a function gets its example
and the ops that this uses."""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import sources  # noqa: E402


def escaped(text):
    """Text as Doxygen prints it: no commands, no tags."""
    return re.sub(r"([\\@<>#])", r"\\\1", text)


def section(lines):
    """"title: text" of a comment that may have several lines."""
    text = " ".join(lines)
    cut = re.search(r"[:;.]", text)
    title = text[:cut.start()] if cut else text
    title = title[:1].upper() + title[1:]
    return ["/// @name " + escaped(title), "/// " + escaped(text[len(title):].lstrip(":; ")),
            "/// @{", ""]


def shown(name, examples, ops, used):
    """What follows a function's own text."""
    lines = ["///"]
    for op in sorted(used.get(name, ())):
        fact = ops.get(op)
        if fact is None or op in ("fill",):
            continue
        anchor = re.sub(r"\W", "_", op)
        kind = "differentiable" if fact["differentiable"] else "no gradient"
        lines.append(f"/// - @ref op_{anchor} \"{op}\": "
                     f"{' '.join(fact['dtypes'])}; {kind}")
    if len(lines) > 1:
        lines.insert(1, "/// @par Ops")
    lines += ["///", "/// @par Example", "/// @code{.cpp}"]
    lines += ["/// " + line for line in examples[name].splitlines()]
    return lines + ["/// @endcode"]


def comment_block(lines, i):
    """The `//` comment that begins at line i."""
    block = []
    while i < len(lines) and lines[i].startswith("//") and not lines[i].startswith("///"):
        if block and lines[i].startswith("// ----"):
            break
        block.append(re.sub(r"^// ?(-+ )?", "", lines[i]))
        i += 1
    return block, i


class Module:
    """A header while it is written anew."""

    def __init__(self, name, text):
        self.name = name
        self.lines = text.splitlines()
        self.examples = sources.examples()
        self.ops, self.used = sources.facts()
        self.wanted = {number: name for name, number in sources.declared(text)}
        self.out = []
        self.in_section = self.in_module = False
        self.shown = set()

    def close_section(self):
        if self.in_section:
            self.out.append("/// @}")
        self.in_section = False

    def open_module(self):
        stem = pathlib.Path(self.name).stem
        self.out.append(f"/// @addtogroup header_{stem} weft/{stem}.h\n/// @{{")
        self.in_module = True

    def close_module(self):
        self.close_section()
        self.out.append("/// @}")
        self.in_module = False

    def comment(self, i):
        block, end = comment_block(self.lines, i)
        if self.lines[i].startswith("// ----"):
            self.close_section()
            self.out += [""] + section(block)
            self.in_section = True
        elif self.in_module and not self.in_section:
            stem = pathlib.Path(self.name).stem
            self.out += ["/// @}", f"/// @addtogroup header_{stem}", "///",
                         "/// " + escaped(" ".join(block)), "/// @{", ""]
        return end

    def text(self):
        i = 0
        while i < len(self.lines):
            line = self.lines[i]
            if re.match(r"//(?!/)", line):
                i = self.comment(i)
                continue
            if line.startswith("}  // namespace") and self.in_module:
                self.close_module()
            name = self.wanted.get(i)
            if name in self.examples and name not in self.shown:
                self.shown.add(name)
                self.out += shown(name, self.examples, self.ops, self.used)
            self.out.append(line)
            if line.startswith("namespace weft") and not self.in_module:
                self.open_module()
            i += 1
        return "\n".join(self.out) + "\n"


def main(path):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    sys.stdout.write(Module(path, text).text() if path.endswith(".h") else text)


if __name__ == "__main__":
    main(sys.argv[1])
