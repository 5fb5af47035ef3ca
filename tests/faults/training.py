"""The trainings that faults.py breaks."""

import collections
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time

SKIP = 77


class Wrong(Exception):
    pass


class Bench:
    """A training, what it ends with, and a directory for each round."""

    def __init__(self, weft, shim, seconds):
        self.weft = str(pathlib.Path(weft).absolute())
        self.shim = str(pathlib.Path(shim).absolute())
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="weft-faults-"))
        os.chmod(self.top, 0o755)
        self.data = self.top / "data.csv"
        self.write_data()
        self.epochs = 40
        begin = time.time()
        self.train(self.top, check=True)
        taken = time.time() - begin
        # As long as is asked for, and so that random moments are within it.
        self.epochs = max(40, int(40 * seconds / max(taken, 0.01)))
        begin = time.time()
        self.train(self.top, check=True)
        self.seconds = time.time() - begin
        self.hash = self.hash_of(self.top / "out.weft")
        self.seen = collections.Counter()
        self.met = False

    def meet(self, what):
        """The fault of this round happened."""
        self.met = True
        self.seen[what] += 1

    def write_data(self):
        draws = random.Random(7)
        with open(self.data, "w") as out:
            for _ in range(400):
                label = draws.randrange(3)
                row = [f"{draws.gauss(label, 1):.5f}" for _ in range(20)]
                out.write(",".join(row) + f",{label}\n")

    def command(self, folder, *more):
        return [self.weft, "--threads", "2", "--quiet", "train", "--data",
                str(self.data), "--hidden", "40,20", "--dropout", "0.1",
                "--epochs", str(self.epochs), "--batch-size", "16", "--seed",
                "5", "--schedule", "cosine", "--period", "20000", "--out",
                str(folder / "out.weft"), *more]

    def checkpoints(self, folder):
        return ("--checkpoints", str(folder / "kept"), "--every-steps", "50",
                "--keep", "3")

    def train(self, folder, *more, check=False):
        done = subprocess.run(self.command(folder, *more), timeout=120,
                              capture_output=True, text=True)
        if check and done.returncode != 0:
            raise Wrong(f"the training failed: {done.stderr}")
        return done

    def hash_of(self, file):
        return subprocess.run([self.weft, "inspect", str(file), "--hash"],
                              capture_output=True, text=True, check=True,
                              timeout=60).stdout.strip()

    def start(self, folder, args=None, environment=None, **more):
        return subprocess.Popen(
            args or self.command(folder, *self.checkpoints(folder)),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})}, **more)

    def resume_args(self, folder):
        return [self.weft, "--threads", "1", "resume", str(folder / "kept")]

    def resume(self, folder):
        """Goes on to the end; what it said."""
        done = subprocess.run(self.resume_args(folder), timeout=120,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Wrong(f"resume failed ({done.returncode}): {done.stderr}")
        return done.stderr

    def must_be_whole(self, folder):
        found = self.hash_of(folder / "out.weft")
        if found != self.hash:
            raise Wrong(f"ends with {found} instead of {self.hash}")
        left = [p.name for p in (folder / "kept").iterdir()
                if ".tmp" in p.name]
        if left:
            raise Wrong(f"temporary files stay: {left}")

    def folder(self, name):
        path = self.top / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path


def files_of(folder):
    return sorted((folder / "kept").glob("*.weft"))


def finish(process, bench, what):
    """Waits for the end of a training: the code and what it said."""
    try:
        out, err = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Wrong(f"{what}: it hangs")
    if process.returncode < 0:
        raise Wrong(f"{what}: died of signal {-process.returncode}: {err}")
    bench.seen[f"exit {process.returncode}"] += 1
    return process.returncode, err
