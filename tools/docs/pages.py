"""The pages of the reference that are no header: the ops, and the way in."""

import re

import sources


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |",
             "|" + " --- |" * len(header)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def plain(text):
    return re.sub(r"([\\@<>#|*_])", r"\\\1", text)


def op_section(op, comment, path, users):
    anchor = re.sub(r"\W", "_", op["name"])
    lines = [f"## {op['name']} {{#op_{anchor}}}", "", plain(comment), ""]
    kind = ["elementwise; its inputs broadcast"] if op["elementwise"] else []
    kind += ["a new draw at every step"] if op["random"] else []
    kind += ["the same memory with another shape"] if op["alias"] else []
    rows = [
        ["made by", ", ".join(f"`{u}`" for u in sorted(users)) or "gradients"],
        ["inputs", str(op["inputs"])],
        ["dtypes", " ".join(op["dtypes"])],
        ["gradient", "yes" if op["differentiable"] else "none"],
        ["kind", "; ".join(kind) or "array"],
        ["source", f"`{path}`"],
    ]
    rows += [[f"attribute `{a['name']}`", f"default `{a['default']}`"]
             for a in op["attributes"]]
    lines += table(["", ""], rows) + [""]
    if op["shapes"]:
        rows = [[f"`{s['op']}`", " ".join(s["in"]) or "–", " ".join(s["out"])]
                for s in op["shapes"]]
        lines += table(["op", "shapes of inputs", "of outputs"], rows) + [""]
    return lines


def op_page():
    ops, used = sources.facts()
    comments = sources.op_comments()
    lines = ["# The ops {#ops}", "",
             "Every op of the registry, as it stands in files: what graphs "
             "consist of. Functions make nodes of them. The gradient of every "
             "op that has one is compared with finite differences, to second "
             "order, by `weft gradcheck`; the shapes are those of its samples.",
             ""]
    for name, op in sorted(ops.items()):
        comment, path = comments.get(name, ("", "ops"))
        users = [example for example, names in used.items() if name in names]
        lines += op_section(op, comment, path, users)
    return "\n".join(lines)


def main_page(headers):
    rows = [[f"@ref header_{path.stem} \"weft/{path.name}\""] for path in headers]
    return "\n".join([
        "# Weft's reference {#mainpage}", "",
        "Functions, layers, costs and optimisers by header, each with an "
        "example that is also a test. `show(value, text)` in examples compares "
        "a result with its text; `numbers` and `integers` are constants of f64 "
        "and i32, `range(shape)` has the elements 1/n, 2/n, …", "",
        "@ref ops \"The ops\" are what graphs consist of.", "",
        *table(["header"], rows)])
