"""Checks that includes point downwards and that files are short.

Usage: check_layers.py SOURCE_DIR. Prints every violation, exits 1 if any.
"""

import pathlib
import re
import sys

# Layer of each folder. Files of one folder may include each other.
LAYERS = {
    "src/core": 0, "src/graph": 1, "ops": 2,
    "src/compile": 3, "src/runtime": 3, "src/autodiff": 3,
    "src/io": 4, "src/nn": 4, "src/train": 5, "src/data": 5, "src/testing": 6,
    "src/report": 6, "src/lab": 6,
    "models": 6, "tools": 7,
}
# Folders that may include another one of their own layer.
ALSO = {("src/runtime", "src/compile"), ("src/train", "src/data"),
        ("src/autodiff", "src/compile"), ("src/lab", "src/report")}

# Public headers belong to the folder with a source file of their name; these
# have none, or are shared.
HEADERS = {
    "error": "src/core", "view": "src/core", "version": "src/core",
    "context": "src/core", "field": "src/core", "body": "src/core",
    "detail/element": "src/core", "detail/signature": "src/core",
    "value": "src/graph", "detail/op_model": "src/graph",
    "ops": "ops", "initializers": "ops",
    "elementary": "ops", "indexing": "ops", "statistics": "ops",
    "spatial": "ops", "sequence": "ops", "linear_algebra": "ops",
    "subgraph": "ops", "batched": "ops",
    "autodiff": "src/autodiff",
    "program": "src/compile",
    "named_tensors": "src/core", "safetensors": "src/io",
    "nn": "src/nn", "image_layers": "src/nn",
    "io": "src/train", "train": "src/train", "data": "src/data",
    "testing": "src/testing", "weft": "tools",
}
MAX_LINES = 400
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def sources(root):
    for top in ("src", "include", "ops", "models", "tools", "tests"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cpp", ".inc", ".py", ".cmake"):
                yield path.relative_to(root)


def folder_of_header(root, name):
    """The folder that the public header weft/NAME.h belongs to."""
    if name in HEADERS:
        return HEADERS[name]
    top, _, rest = name.partition("/")
    if top == "models":
        return "models"
    if rest and f"src/{top}" in LAYERS:
        return f"src/{top}"
    if rest and top == "ops":
        return "ops"
    stem = name.split("/")[-1]
    for folder in LAYERS:
        if any((root / folder).glob(f"**/{stem}.cpp")):
            return folder
    return None


def folder_of(root, path):
    """The layered folder of a file; None for files that are not checked."""
    text = path.as_posix()
    if text.startswith(("tests/", "tools/", "models/examples/")):
        return None  # programs: they may include everything
    if text.startswith("include/weft/"):
        return folder_of_header(root, text[len("include/weft/"):-2])
    for folder in LAYERS:
        if text.startswith(folder + "/"):
            return folder
    return None


def target_of(root, include):
    """The folder that an include leads to; None if it is not Weft's."""
    if include.startswith("weft/"):
        return folder_of_header(root, include[len("weft/"):-2])
    return folder_of(root, pathlib.PurePosixPath(include))


def io_module(path):
    """The module of a file of src/io: its subfolder, or its name's start."""
    rest = path.split("/")[2:]
    return rest[0] if len(rest) > 1 else re.split(r"[_.]", rest[0])[0]


def check_include(root, path, include):
    """What is wrong with an include; None if nothing is."""
    if include.startswith("tests/"):
        return "only tests include tests"
    own = folder_of(root, path)
    other = target_of(root, include)
    if include.startswith("weft/") and other is None:
        return "no folder is known for it; list it in HEADERS"
    if own is None or other is None:
        return None
    if (own == other == "src/io" and include.startswith("src/io/")
            and path.as_posix().startswith("src/io/")):
        modules = {io_module(path.as_posix()), io_module(include)}
        if len(modules) > 1 and "common" not in modules:
            return f"modules of src/io do not see each other: {modules}"
    if own == other or (own, other) in ALSO:
        return None
    if LAYERS[other] < LAYERS[own]:
        return None
    return (f"{own} (layer {LAYERS[own]}) must not include "
            f"{other} (layer {LAYERS[other]})")


def check(root):
    problems = []
    for path in sources(root):
        lines = (root / path).read_text(encoding="utf-8").splitlines()
        if len(lines) > MAX_LINES:
            problems.append(f"{path}: {len(lines)} lines, more than "
                            f"{MAX_LINES}; split it")
        if path.suffix not in (".h", ".cpp", ".inc"):
            continue
        if path.parts[0] == "tests":
            continue
        if path.parts[0] == "include" and folder_of(root, path) is None:
            problems.append(f"{path}: no folder is known for it; "
                            "list it in HEADERS of check_layers.py")
        for number, line in enumerate(lines, 1):
            found = INCLUDE.match(line)
            wrong = found and check_include(root, path, found.group(1))
            if wrong:
                problems.append(f"{path}:{number}: {found.group(1)}: {wrong}")
    return problems


def main():
    root = pathlib.Path(sys.argv[1])
    count = sum(1 for _ in sources(root))
    problems = check(root)
    for problem in problems:
        print(problem)
    print(f"{count} files, {len(problems)} problems")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
