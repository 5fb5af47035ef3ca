#!/usr/bin/env python3
"""Reads Weft's files without Weft: a reader written after FORMAT.md.

    weft_file.py list FILE [--json]      graph, state and tensors
    weft_file.py check FILE              every checksum and every padding byte
    weft_file.py extract FILE FOLDER     each tensor as FOLDER/PATH.npy

Needs Python 3.8 and nothing else. Exits with 1 if the file is damaged.
"""

import argparse
import json
import pathlib
import signal
import struct
import sys
import zlib

DTYPES = [("f32", "<f4", 4), ("f64", "<f8", 8), ("i32", "<i4", 4),
          ("i64", "<i8", 8), ("bool", "|b1", 1)]
KINDS = ["input", "parameter", "buffer", "constant", "op", "assign"]


class Damaged(Exception):
    pass


def require(ok, why):
    if not ok:
        raise Damaged(why)


def padded(n):
    return (n + 63) // 64 * 64


class Records:
    """Fields of a section, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        require(n <= len(self.data) - self.at, "a field beyond its section")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize(form)))[0]

    def u8(self): return self.number("B")
    def u32(self): return self.number("I")
    def u64(self): return self.number("Q")
    def i32(self): return self.number("i")
    def i64(self): return self.number("q")
    def f64(self): return self.number("d")

    def flag(self):
        value = self.u8()
        require(value <= 1, f"a flag is {value}")
        return value == 1

    def raw(self):
        return self.take(self.u64())

    def text(self):
        return self.raw().decode(errors="backslashreplace")

    def list(self, each):
        count = self.u64()
        require(count <= len(self.data) - self.at, "a list beyond its section")
        return [each() for _ in range(count)]

    def end(self):
        require(self.at == len(self.data), "something follows the last record")


class Graphs(Records):
    """The section "graph", and the types that others use, too."""

    def dimension(self):
        bits = self.i64()
        if bits >= -1:
            return bits
        bits &= (1 << 64) - 1
        symbol = bits >> 55 & 0xff
        name = {0: "batch", 1: "time"}.get(symbol, f"symbol{symbol}")
        multiple = bits >> 32 & 0x7fffff
        offset = struct.unpack("<i", struct.pack("<I", bits & 0xffffffff))[0]
        text = name if multiple == 1 else f"{multiple}*{name}"
        return text + (f"{offset:+d}" if offset else "")

    def shape(self):
        rank = self.u8()
        require(rank <= 8, f"a shape of rank {rank}")
        return [self.dimension() for _ in range(rank)]

    def dtype(self):
        number = self.u8()
        require(number < len(DTYPES), f"the dtype {number}")
        return DTYPES[number][0]

    def type(self):
        return {"dtype": self.dtype(), "shape": self.shape()}

    def port(self):
        return [self.i32(), self.i32()]

    def attribute(self):
        name = self.text()
        kinds = [self.flag, self.i64, self.f64, self.text, self.dtype,
                 self.shape, lambda: self.list(self.i64),
                 lambda: self.list(self.f64), self.body]
        kind = self.u8()
        require(kind < len(kinds), f"an attribute of kind {kind}")
        return name, kinds[kind]()

    def node(self, constants_follow=False):
        kind = self.u8()
        require(kind < len(KINDS), f"a node of kind {kind}")
        n = {"kind": KINDS[kind], "name": self.text(), "file": self.text(),
             "line": self.u32()}
        if self.flag():
            n["op"] = self.text()
            n["attributes"] = dict(self.list(self.attribute))
        n["inputs"] = self.list(self.port)
        n["outputs"] = self.list(self.type)
        if constants_follow and n["kind"] == "constant":
            n["bytes"] = len(self.raw())
        return n

    def body(self):
        if not self.flag():
            return None
        return {"nodes": self.list(lambda: self.node(True)),
                "inputs": self.list(self.i32),
                "outputs": self.list(self.port)}

    def graph(self):
        return {"next_stream": self.i64(), "nodes": self.list(self.node)}

    def network(self):
        return {name: self.port()
                for name in ("input", "target", "output", "loss")}

    def read(self):
        out = {"train": None, "updates": []}
        if self.flag():
            out["train"] = self.graph()
            out["train"]["network"] = self.network()
            out["updates"] = self.list(self.port)
        out["eval"] = self.graph()
        out["eval"]["network"] = self.network()
        out["shared"] = self.flag()
        if out["shared"]:
            out["updates"] = self.list(self.port)
        self.end()
        return out


class States(Graphs):
    """The section "state" of a training file, or "entries"."""

    def epoch(self):
        keys = ("loss", "validation_loss", "validation_accuracy",
                "learning_rate", "seconds")
        return {"epoch": self.i64(), **{k: self.f64() for k in keys}}

    def tensor(self, with_bytes=True):
        t = {"name": self.text(), **self.type(), "trainable": self.flag(),
             "offset": self.u64()}
        size = next(d[2] for d in DTYPES if d[0] == t["dtype"])
        for n in t["shape"]:
            require(isinstance(n, int) and n >= 0, "a symbolic tensor")
            size *= n
        require(not with_bytes or self.u64() == size, "a tensor's bytes differ")
        t["bytes"] = size
        t["checksum"] = self.u32()
        return t

    def read_state(self):
        s = {"seed": self.u64(), "steps": self.u64(), "epochs": self.u64(),
             "batch": self.i64(), "loss_sum": self.f64(),
             "best_loss": self.f64(), "waited": self.i64(),
             "rate_factor": self.f64(), "base_rate": self.f64(),
             "has_best": self.flag(), "history": self.list(self.epoch),
             "classes": self.list(self.text),
             "scaler": {"offset": self.list(self.f64),
                        "scale": self.list(self.f64)},
             "settings": dict(self.list(lambda: (self.text(), self.text()))),
             "metrics": dict(self.list(lambda: (self.text(), self.f64()))),
             "constants": self.u64(), "tensors": self.list(self.tensor)}
        self.end()
        require(s["constants"] <= len(s["tensors"]), "too many constants")
        return s

    def read_entries(self):
        s = {"seed": self.u64(), "steps": self.u64(), "constants": 0,
             "tensors": self.list(lambda: self.tensor(False))}
        self.end()
        return s


class WeftFile:
    def __init__(self, path):
        require(pathlib.Path(path).is_file(), "is not a file")
        self.file = open(path, "rb")
        self.size = self.file.seek(0, 2)
        self.read_table()
        graphs = self.sections.get("graph")
        self.graphs = Graphs(self.section("graph")).read() if graphs else None
        self.state = (States(self.section("state")).read_state() if graphs
                      else States(self.section("entries")).read_entries())
        self.place_tensors()

    def bytes(self, offset, length):
        require(offset + length <= self.size, "the file is too short")
        self.file.seek(offset)
        return self.file.read(length)

    def zeros(self, begin):
        gap = self.bytes(begin, padded(begin) - begin)
        require(not any(gap), f"damage between records at byte {begin}")

    def read_table(self):
        header = self.bytes(0, 32)
        magic, self.version, mark, size, count, checksum = struct.unpack(
            "<8sIIQII", header)
        require(magic == b"WEFTFILE", "is no Weft file")
        require(mark == 0x01020304, "the byte order is unknown")
        require(1 <= self.version <= 2, f"the version is {self.version}")
        require(size == self.size, f"{size} bytes when written")
        require(count <= 64, f"{count} sections")
        table = self.bytes(32, 40 * count)
        start = b"" if self.version == 1 else header[:28]
        require(zlib.crc32(start + table) == checksum, "a damaged table")
        self.sections, end = {}, 32 + 40 * count
        for i in range(count):
            name, offset, length, checksum, _ = struct.unpack_from(
                "<16sQQII", table, 40 * i)
            self.zeros(end)
            require(offset == padded(end), "a gap between sections")
            self.sections[name.rstrip(b"\0").decode()] = (
                offset, length, checksum)
            end = offset + length
        self.zeros(end)
        require(padded(end) == self.size, "something follows the sections")

    def section(self, name):
        require(name in self.sections, f"the section {name} is missing")
        offset, length, checksum = self.sections[name]
        data = self.bytes(offset, length)
        require(zlib.crc32(data) == checksum, f"damage in section {name}")
        return data

    def place_tensors(self):
        begin, length, _ = self.sections["tensors"]
        end = 0
        for t in self.state["tensors"]:
            require(t["offset"] == padded(end), f"{t['name']} is misplaced")
            end = t["offset"] + t["bytes"]
            t["offset"] += begin
        require(end == length, "the tensors do not fill their section")

    def elements(self, t):
        data = self.bytes(t["offset"], t["bytes"])
        require(zlib.crc32(data) == t["checksum"], f"damage in {t['name']}")
        return data

    def check(self):
        for t in self.state["tensors"]:
            self.elements(t)
            self.zeros(t["offset"] + t["bytes"])
        self.section("tensors")


def npy(t, data):
    """An array in the NPY format, version 1.0, as NumPy documents it."""
    code = next(d[1] for d in DTYPES if d[0] == t["dtype"])
    shape = "(" + "".join(f"{n}, " for n in t["shape"]) + ")"
    head = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head))
            + head.encode("latin1") + data)


def extract(file, folder):
    for t in file.state["tensors"]:
        parts = [p for p in t["name"].split("/") if p not in ("", ".", "..")]
        path = pathlib.Path(folder, *parts[:-1], parts[-1] + ".npy")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(npy(t, file.elements(t)))


def type_text(t):
    return f"{t['dtype']}({', '.join(map(str, t['shape']))})"


def show(file):
    print(f"version {file.version}, {file.size} bytes")
    for name in ("train", "eval"):
        graph = file.graphs and file.graphs[name]
        for i, n in enumerate(graph["nodes"] if graph else []):
            inputs = " ".join(f"{p[0]}.{p[1]}" for p in n["inputs"])
            print(f"{name} {i} {n['kind']} {n.get('op', '')} {n['name']} "
                  f"[{inputs}] {' '.join(map(type_text, n['outputs']))}")
    for t in file.state["tensors"]:
        print(f"{t['name']} {type_text(t)} at {t['offset']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=("list", "check", "extract"))
    parser.add_argument("file")
    parser.add_argument("folder", nargs="?", default=".")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if hasattr(signal, "SIGPIPE"):  # who reads a part of a list is done with it
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        file = WeftFile(options.file)
        if options.command == "check":
            file.check()
        elif options.command == "extract":
            extract(file, options.folder)
        elif options.json:
            print(json.dumps({"version": file.version, "bytes": file.size,
                              "graphs": file.graphs, **file.state}))
        else:
            show(file)
    except (Damaged, ValueError, struct.error, OSError) as problem:
        sys.exit(f"{options.file}: {problem}")


if __name__ == "__main__":
    main()
