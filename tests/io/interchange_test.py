"""Compares exported weights with what Python's own modules, and NumPy where it
is installed, read, and imports what they write.

Usage: interchange_test.py SOURCE_DIR WEFT
"""

import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

SOURCE, WEFT = pathlib.Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(SOURCE / "tools"))
sys.dont_write_bytecode = True
import weft_file  # noqa: E402

MODELS = [SOURCE / "tests" / "data" / f"format2_{name}.weft"
          for name in ("perceptron", "images", "dtypes")]
NAMES = {"f32": "F32", "f64": "F64", "i32": "I32", "i64": "I64",
         "bool": "BOOL"}


def weft(*arguments, ok=True):
    done = subprocess.run([WEFT, *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, text=True)
    assert (done.returncode == 0) == ok, done.stderr
    return done.stdout if ok else done.stderr


def state_of(model):
    """Name → (entry, bytes) of what evaluation needs."""
    file = weft_file.WeftFile(model)
    nodes = file.graphs["eval"]["nodes"]
    used = {n["name"] for n in nodes if n["kind"] in ("parameter", "buffer")}
    tensors = file.state["tensors"][file.state["constants"]:]
    return {t["name"]: (t, file.elements(t)) for t in tensors
            if t["name"] in used and not t["name"].startswith("optimizer/")}


def safetensors(path):
    """After the format's page."""
    data = path.read_bytes()
    size, = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    assert (8 + size) % 8 == 0
    return {name: (e["dtype"], e["shape"],
                   data[8 + size:][slice(*e["data_offsets"])])
            for name, e in header.items()}


class Interchange(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def test_safetensors(self):
        for model in MODELS:
            out = self.folder / "out.safetensors"
            weft("export", model, "-o", out)
            self.assertEqual(
                safetensors(out),
                {name: (NAMES[t["dtype"]], t["shape"], data)
                 for name, (t, data) in state_of(model).items()})

    def test_npz(self):
        for model in MODELS:
            out = self.folder / "out.npz"
            weft("export", model, "-o", out)
            with zipfile.ZipFile(out) as z:
                self.assertIsNone(z.testzip())
                found = {n[:-4]: z.read(n) for n in z.namelist()}
            state = state_of(model)
            self.assertEqual(set(found), set(state))
            for name, (t, data) in state.items():
                self.assertTrue(found[name].endswith(data), name)

    def test_import_gives_the_same_bits(self):
        for model in MODELS:
            state = state_of(model)
            header, data = {}, b""
            for name, (t, raw) in sorted(state.items()):
                header[name] = {"dtype": NAMES[t["dtype"]],
                                "shape": t["shape"],
                                "data_offsets": [len(data),
                                                 len(data) + len(raw)]}
                data += raw
            text = json.dumps(header).encode()
            weights = self.folder / "in.safetensors"
            weights.write_bytes(struct.pack("<Q", len(text)) + text + data)
            packed = self.folder / "in.npz"
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
                for name, (t, raw) in state.items():
                    z.writestr(name + ".npy", weft_file.npy(t, raw))
            for file in (weights, packed):
                out = self.folder / "out.weft"
                weft("import", model, file, "-o", out)
                self.assertEqual(weft("inspect", out, "--hash"),
                                 weft("inspect", model, "--hash"))

    def test_weights_of_another_model(self):
        out = self.folder / "out.npz"
        weft("export", MODELS[1], "-o", out)
        text = weft("import", MODELS[0], out, "-o", self.folder / "no.weft",
                    ok=False)
        self.assertIn("missing: fc1/weight", text)
        self.assertIn("unexpected: conv/weight", text)
        self.assertFalse((self.folder / "no.weft").exists())

    def test_numpy(self):
        python = next((p for p in (sys.executable, "/usr/bin/python3")
                       if subprocess.run([p, "-c", "import numpy"],
                                         stderr=subprocess.DEVNULL,
                                         check=False).returncode == 0), None)
        if python is None:
            self.skipTest("NumPy is not installed")
        first, second = self.folder / "a.npz", self.folder / "b.npz"
        weft("export", MODELS[2], "-o", first)
        for save in ("savez", "savez_compressed"):
            subprocess.run([python, "-c", f"""
import numpy
a = dict(numpy.load({str(first)!r}))
a["fc1/weight"] = numpy.asfortranarray(a["fc1/weight"]) * 2
numpy.{save}({str(second)!r}, **a)"""], check=True)
            out = self.folder / "out.weft"
            weft("import", MODELS[2], second, "-o", out)
            before, after = state_of(MODELS[2]), state_of(out)
            for name, (t, raw) in before.items():
                if name == "fc1/weight":
                    form = f"<{len(raw) // 4}f"
                    raw = struct.pack(form, *(2 * x for x in
                                              struct.unpack(form, raw)))
                self.assertEqual(after[name][1], raw, name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], warnings="ignore")
