"""What the commands do with odd flags, files and data.

Usage: commands_test.py SOURCE_DIR WEFT
"""

import os
import pathlib
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

SOURCE, WEFT = pathlib.Path(sys.argv[1]), sys.argv[2]
DIGITS = (SOURCE / "tests" / "data" / "digits.csv").read_text()
OK, FAILED, USAGE, DATA, MODEL = range(5)


def npy(kind, shape, data):
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) +
            text.encode() + data)


def with_setting(file, key, before, after):
    """A training file with another value, as long, of one of its settings."""
    def text(t):
        return struct.pack("<Q", len(t)) + t

    old = text(key) + text(before)
    assert file.count(old) == 1 and len(before) == len(after)
    data = bytearray(file.replace(old, text(key) + text(after)))
    count, = struct.unpack_from("<I", data, 24)
    for entry in range(32, 32 + 40 * count, 40):
        at, size = struct.unpack_from("<QQ", data, entry + 16)
        struct.pack_into("<I", data, entry + 32,
                         zlib.crc32(data[at:at + size]))
    head = data[:28] + data[32:32 + 40 * count]
    struct.pack_into("<I", data, 28, zlib.crc32(head))
    return bytes(data)


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "d.csv").write_text(DIGITS)

    def run_weft(self, *arguments, **options):
        return subprocess.run(
            [WEFT, "--quiet", *arguments], cwd=self.folder, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=120, **options)

    def weft(self, *arguments, code=OK):
        """Runs it; returns what it writes to stderr."""
        done = self.run_weft(*arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def train(self, *arguments, code=OK):
        return self.weft("train", "--data", "d.csv", "--hidden", "8",
                         "--epochs", "1", *arguments, code=code)

    def with_small_files(self, *arguments):
        """Runs it where no file may have more than a hundred bytes."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        return self.run_weft(*arguments, preexec_fn=limit)

    def train_with_small_files(self, *arguments):
        return self.with_small_files("train", "--data", "d.csv", "--hidden",
                                     "8", "--epochs", "1", *arguments)

    def test_numbers_that_are_none(self):
        for flag in ("--lr", "--clip-norm", "--weight-decay", "--lambda",
                     "--momentum", "--validation", "--warmup"):
            self.train(flag, "nan", code=USAGE)
        for seed in ("-1", "18446744073709551616", "1.5"):
            self.train("--seed", seed, code=USAGE)
        self.train("--seed", "18446744073709551615")

    def test_out_replaces_training_files_alone(self):
        err = self.train("--out", "d.csv", code=DATA)
        self.assertIn("is there already, and no training file", err)
        self.assertEqual((self.folder / "d.csv").read_text(), DIGITS)
        self.train("--out", "m.weft")
        self.train("--out", "m.weft")
        self.weft("export", "m.weft", "-o", "m.npz")
        self.weft("import", "m.weft", "m.npz", "-o", "m.npz", code=DATA)

    def test_out_is_checked_before_the_training(self):
        for out in ("d.csv/m.weft", "none/m.weft", ".", "m" * 250 + ".weft"):
            err = self.weft("train", "--data", "d.csv", "--epochs", "1000000",
                            "--out", out, code=DATA)
            self.assertIn(out, err)

    def test_other_data(self):
        self.train("--checkpoints", "c")
        self.assertEqual(self.weft("resume", "c", "--epochs", "2"), "")
        lines = DIGITS.splitlines(keepends=True)
        (self.folder / "d.csv").write_text("".join(reversed(lines)))
        err = self.weft("resume", "c", "--epochs", "3")
        self.assertIn("the data are not those of the training so far", err)

    def test_classes_that_are_no_whole_numbers(self):
        (self.folder / "x.npy").write_bytes(npy("<f4", (20, 2), bytes(160)))
        for odd in (0.5, float("nan"), float("inf")):
            numbers = struct.pack("<20d", *[0, 1] * 9, 1, odd)
            (self.folder / "y.npy").write_bytes(npy("<f8", (20,), numbers))
            self.weft("train", "--data", "x.npy", "--labels", "y.npy",
                      "--epochs", "1", code=DATA)
        numbers = struct.pack("<20d", *[0, 1] * 10)
        (self.folder / "y.npy").write_bytes(npy("<f8", (20,), numbers))
        self.weft("train", "--data", "x.npy", "--labels", "y.npy",
                  "--epochs", "1")

    def test_a_stop_says_how_to_go_on(self):
        for arguments, told in (
                (["--out", "it's here.weft"],
                 "Go on with: weft resume 'it'\\''s here.weft'"),
                ([], "Nothing is saved")):
            process = subprocess.Popen(
                [WEFT, "train", "--data", "d.csv", "--epochs", "1000000",
                 *arguments], cwd=self.folder, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE)
            first = process.stderr.read(1)  # it trains
            process.send_signal(signal.SIGHUP)
            err = (first + process.communicate(timeout=120)[1]).decode()
            self.assertEqual(process.returncode, FAILED, err)
            self.assertIn(told, err)

    def test_checkpoints_alone_that_are_not_written(self):
        done = self.train_with_small_files("--checkpoints", "c")
        self.assertEqual(done.returncode, FAILED, done.stderr)
        self.assertIn("nothing is saved", done.stderr)

    def test_a_report_is_whole_or_not_written(self):
        for flag, name in (("--report", "r.html"), ("--record", "r.json")):
            (self.folder / name).write_text("before")
            done = self.train_with_small_files(flag, name)
            self.assertNotEqual(done.returncode, OK, done.stderr)
            self.assertEqual((self.folder / name).read_text(), "before")

    def test_a_trace_is_whole_or_not_written(self):
        self.train("--out", "m.weft")
        (self.folder / "t.json").write_text("before")
        profile = ("profile", "m.weft", "--batch", "2", "--runs", "1",
                   "--trace", "t.json")
        done = self.with_small_files(*profile)
        self.assertEqual(done.returncode, DATA, done.stderr)
        self.assertEqual((self.folder / "t.json").read_text(), "before")
        self.weft(*profile)
        self.assertIn("traceEvents", (self.folder / "t.json").read_text())

    def test_a_file_does_not_make_the_directory_it_names(self):
        self.train("--out", "m.weft", "--checkpoints", "c")
        shutil.rmtree(self.folder / "c")
        err = self.weft("resume", "m.weft", "--epochs", "2", code=DATA)
        self.assertIn("its checkpoints go to 'c'", err)
        self.assertFalse((self.folder / "c").exists())
        self.weft("resume", "m.weft", "--epochs", "2", "--checkpoints", "d")
        self.assertTrue(any((self.folder / "d").iterdir()))
        self.weft("resume", "d", "--checkpoints", "e", code=FAILED)

    def test_settings_of_made_up_files(self):
        self.train("--out", "m.weft")
        whole = (self.folder / "m.weft").read_bytes()
        for key, before, after, told in (
                (b"batch_size", b"64", b"-1", "batch_size"),
                (b"schedule", b'"constant"', b'"xonstant"', "xonstant"),
                (b"keep", b"3", b"0", "out of range"),
                (b"on_not_finite", b'"stop"', b'"xtop"', "out of range")):
            file = self.folder / "changed.weft"
            file.write_bytes(with_setting(whole, key, before, after))
            err = self.weft("resume", file.name, "--epochs", "2", code=MODEL)
            self.assertIn(told, err)

    def test_settings_out_of_range(self):
        err = self.train("--separator", "ab", code=DATA)
        self.assertIn("must be one character", err)
        err = self.train("--init", "normal(0,-1)", code=USAGE)
        self.assertIn("standard deviation", err)

    def test_a_pipe_is_no_training_file(self):
        os.mkfifo(self.folder / "p.weft")
        self.weft("inspect", "p.weft", code=DATA)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
