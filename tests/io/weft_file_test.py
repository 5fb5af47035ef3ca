"""Compares tools/weft_file.py with Weft, and counts what `weft inspect` reads.

Usage: weft_file_test.py SOURCE_DIR WEFT
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

SOURCE, WEFT = pathlib.Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(SOURCE / "tools"))
sys.dont_write_bytecode = True
import weft_file  # noqa: E402

DATA = SOURCE / "tests" / "data"
GOLDEN = sorted(DATA.glob("format*.weft"))
# The program doesn't know the op of a user's that own_op has.
TRAINED = [p for p in GOLDEN
           if p.stem not in ("format2_state", "format2_own_op")]


def weft(*arguments):
    return subprocess.run([WEFT, *map(str, arguments)], check=True,
                          stdout=subprocess.PIPE).stdout


def container(sections):
    """A file of the current version, as FORMAT.md has it; a section that is a
    number is a hole of so many zeros."""
    entries, offset = b"", weft_file.padded(32 + 40 * len(sections))
    for name, data in sections:
        hole = isinstance(data, int)
        length = data if hole else len(data)
        checksum = 0 if hole else zlib.crc32(data)
        entries += struct.pack("<16sQQII", name.encode(), offset, length,
                               checksum, 0)
        offset = weft_file.padded(offset + length)
    head = struct.pack("<8sIIQI", b"WEFTFILE", 2, 0x01020304, offset,
                       len(sections))
    out = head + struct.pack("<I", zlib.crc32(head + entries)) + entries
    return out.ljust(weft_file.padded(len(out)), b"\0"), offset


class Comparison(unittest.TestCase):
    def test_there_are_files(self):
        self.assertGreaterEqual(len(TRAINED), 4)

    def test_inspect_tells_the_same(self):
        for path in TRAINED:
            file = weft_file.WeftFile(path)
            file.check()
            told = json.loads(weft("inspect", path, "--json"))
            for key in ("seed", "steps", "epochs", "classes", "metrics",
                        "settings"):
                self.assertEqual(told[key], file.state[key], (path, key))
            self.assertEqual(told["version"], file.version)
            self.assertEqual(told["bytes"], file.size)
            self.assertEqual(told["nodes"],
                             len(file.graphs["eval"]["nodes"]))
            tensors = file.state["tensors"][file.state["constants"]:]
            keys = ("name", "dtype", "shape", "trainable", "bytes")
            self.assertEqual([[t[k] for k in keys] for t in told["tensors"]],
                             [[t[k] for k in keys] for t in tensors])

    def test_attributes_of_every_kind_are_read(self):
        file = weft_file.WeftFile(DATA / "format2_own_op.weft")
        file.check()
        found = [n["attributes"] for n in file.graphs["eval"]["nodes"]
                 if n.get("op") == "golden::every_attribute"]
        self.assertEqual(found, [{
            "flag": True, "whole": -5, "real": 0.1, "text": "ij,jk->ik",
            "dtype": "i64", "shape": [2, 0, 3], "wholes": [1, -2],
            "reals": [0.25, -1e300]}])

    def test_all_dtypes_are_extracted(self):
        with tempfile.TemporaryDirectory() as folder:
            path = DATA / "format2_dtypes.weft"
            weft_file.extract(weft_file.WeftFile(path), folder)
            forms = {"f32": "f", "f64": "d", "i32": "i", "i64": "q",
                     "bool": "?"}
            for name, form in forms.items():
                data = (pathlib.Path(folder) / f"kept/{name}.npy").read_bytes()
                self.assertEqual(len(data) - 128, 3 * struct.calcsize(form))
                self.assertEqual(struct.unpack("<3" + form, data[128:]),
                                 (1, 1, 1))

    def test_a_pipe_is_no_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "pipe"
            os.mkfifo(path)
            with self.assertRaises(weft_file.Damaged):
                weft_file.WeftFile(path)

    def test_a_reader_of_a_part_is_no_damage(self):
        end, start = os.pipe()
        os.close(end)  # as `head` does when it has enough
        done = subprocess.run(
            [sys.executable, SOURCE / "tools" / "weft_file.py", "list",
             TRAINED[0]], stdout=start, stderr=subprocess.PIPE, check=False)
        os.close(start)
        self.assertEqual(done.stderr, b"")

    def test_every_damaged_byte_is_found(self):
        good = (DATA / "format2_images.weft").read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bad.weft"
            for at in range(0, len(good), 97):
                bad = bytearray(good)
                bad[at] ^= 0x10
                path.write_bytes(bad)
                with self.assertRaises(
                        (weft_file.Damaged, ValueError), msg=f"byte {at}"):
                    weft_file.WeftFile(path).check()

    def large_file(self, path):
        """A perceptron with a tensor of 1 GB more, of zeros: a hole."""
        small = weft_file.WeftFile(DATA / "format2_perceptron.weft")
        state = bytearray(small.section("state"))
        tensors = small.state["tensors"]
        kept = small.sections["tensors"][1]
        # The list is the last record: its count is in front of the entries.
        entries = sum(8 + len(t["name"].encode()) + 2 + 8 * len(t["shape"])
                      + 1 + 8 + 8 + 4 for t in tensors)
        at = len(state) - entries - 8
        self.assertEqual(struct.unpack_from("<Q", state, at)[0], len(tensors))
        struct.pack_into("<Q", state, at, len(tensors) + 1)
        offset, size = weft_file.padded(kept), 1 << 30
        state += struct.pack("<Q3sBBqBQQI", 3, b"big", 0, 1, size // 4, 1,
                             offset, size, 0)
        head, total = container([("graph", small.section("graph")),
                                 ("state", bytes(state)),
                                 ("tensors", offset + size)])
        with open(path, "wb") as out:
            out.write(head)
            for data in (small.section("graph"), bytes(state),
                         small.section("tensors")):
                out.seek(weft_file.padded(out.tell()))
                out.write(data)
            out.truncate(total)

    def test_a_large_file_is_inspected_by_kilobytes(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "large.weft"
            self.large_file(path)
            self.assertGreater(path.stat().st_size, 1 << 30)
            before = DATA / "format2_perceptron.weft"
            read, rss = [], []
            for file in (before, path):
                child = subprocess.Popen([WEFT, "inspect", file, "--json"],
                                         stdout=subprocess.PIPE)
                text = child.stdout.read()
                os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
                with open(f"/proc/{child.pid}/io", encoding="ascii") as io:
                    read.append(int(io.readline().split()[1]))
                _, code, usage = os.wait4(child.pid, 0)
                child.returncode = code
                child.stdout.close()
                self.assertEqual(code, 0)
                self.assertTrue(json.loads(text)["tensors"])
                rss.append(usage.ru_maxrss)
            self.assertLess(read[1], read[0] + 1000)  # bytes
            # AddressSanitizer has memory of its own for what is mapped.
            if b"__asan_init" not in pathlib.Path(WEFT).read_bytes():
                self.assertLess(rss[1], rss[0] + 2000)  # kB


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], warnings="ignore")
