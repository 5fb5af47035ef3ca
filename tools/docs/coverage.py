"""What the reference lacks."""

import re

import sources

# Headers whose functions make graphs: each needs text and an example.
RESULTS = re.compile(
    r"^(Value|Initializer|Schedule|Sorted|Scanned|Recurrence|RecurrentLayer|EigenPairs|QrParts|SvdParts|"
    r"WeightedCosts|Loss|"
    r"std::vector<Value>) ")
# Not shown alone: what other examples show.
WITHOUT = {"eval"}


# No example reaches these ops: the compiler and gradients make them, or files
# of earlier versions have them.
BY_COMPILER = {"subtract_product", "choose_less", "choose_less_equal",
               "choose_equal", "window_put", "window_argmax", "crop",
               "repeat_sum", "spread_along", "last_along", "cofactors"}


def has_text(lines, number, name):
    """Text before the declaration, or before another one of the same name."""
    before = lines[number - 1] if number else ""
    while before and not before.startswith(("///", "//")):
        if re.search(rf"\b{re.escape(name)}\(", before):
            return True
        if not before.endswith((",", "(")) and not before.startswith(" "):
            return False
        number -= 1
        before = lines[number - 1]
    return before.startswith("///")


def is_wanted(line, following):
    optimizer = line.startswith("struct ") and "constexpr std::string_view name" in following
    return RESULTS.match(line) or optimizer


def gaps(headers):
    """Lines that say what is missing."""
    examples = sources.examples()
    found, names = [], set()
    for path in headers:
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for name, number in sources.declared(text):
            line = lines[number]
            following = lines[number + 1] if number + 1 < len(lines) else ""
            names.add(name)
            if not is_wanted(line, following):
                continue
            where = f"{path.name}:{number + 1}: {name}"
            if not has_text(lines, number, name):
                found.append(f"{where} has no text")
            if name not in examples and name not in WITHOUT:
                found.append(f"{where} has no example in tests/snippets")
    found += [f"the example {name} is of no function" for name in examples
              if name not in names]
    ops, used = sources.facts()
    reached = set().union(*used.values())
    return found + [f"no example uses the op {op}" for op in ops
                    if op not in reached | BY_COMPILER]
