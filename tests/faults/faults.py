"""Breaks long trainings in every way that it can, and goes on with them.

Usage: faults.py WEFT SHIM FAULT [--rounds N] [--seed S] [--seconds S]

WEFT is the program, SHIM the library fault_shim.so, FAULT one of those below.
Each round starts a training with checkpoints, lets the fault happen at a random
moment, and goes on with `weft resume DIRECTORY` until the training is complete.
The parameters must then have the bits of a training that nothing disturbed.
A fault may come too late or not at all: a round counts if it was met, and N are
made that do. Prints what happened; exits with 1 if anything else than that did,
with 77 if the fault can't be made on this machine.
"""

import argparse
import collections
import errno
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
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


def kill(bench, folder, draws):
    """kill -9 at random moments, of what goes on too, up to three times."""
    args = None
    for _ in range(draws.randint(1, 3)):
        process = bench.start(folder, args)
        time.sleep(draws.uniform(0.005, bench.seconds))
        alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
        _, err = process.communicate()
        if alive:
            bench.meet("killed")
        if not alive and process.returncode != 0:
            raise Wrong(f"it failed by itself: {err}")
        # Before the first checkpoint there is nothing to go on with.
        args = bench.resume_args(folder) if files_of(folder) else None
    if not files_of(folder):
        bench.seen["killed before the first checkpoint"] += 1
        bench.train(folder, *bench.checkpoints(folder), check=True)
    else:
        bench.resume(folder)
    bench.must_be_whole(folder)


def signals(bench, folder, draws):
    """SIGINT and SIGTERM: saved, and the command to go on is printed."""
    number = draws.choice([signal.SIGINT, signal.SIGTERM])
    process = bench.start(folder)
    time.sleep(draws.uniform(0.05, bench.seconds * 0.8))
    process.send_signal(number)
    code, err = finish(process, bench, "a signal")
    if code != 0:
        bench.meet(number.name)
    if "Going on" in err or (code != 0 and "Go on with: weft resume" not in err):
        raise Wrong(f"exit {code}, and said: {err}")
    if code != 0:
        # Both the file and the directory can be gone on with.
        if draws.random() < 0.5:
            done = subprocess.run([bench.weft, "resume",
                                   str(folder / "out.weft")], timeout=120,
                                  capture_output=True, text=True)
            if done.returncode != 0:
                raise Wrong(f"resume of the file failed: {done.stderr}")
        else:
            bench.resume(folder)
    bench.must_be_whole(folder)


def second_signal(bench, folder, draws):
    """Two signals: it ends at once, or had saved; what is there is sound."""
    numbers = [draws.choice([signal.SIGINT, signal.SIGTERM]) for _ in range(2)]
    process = bench.start(folder)
    time.sleep(draws.uniform(0.05, bench.seconds * 0.8))
    process.send_signal(numbers[0])
    time.sleep(draws.choice([0, draws.uniform(0, 0.02)]))
    process.send_signal(numbers[1])
    _, err = process.communicate(timeout=120)
    if process.returncode == -numbers[1]:
        bench.meet("ended at once")
    elif process.returncode != 1 or "Go on with: weft resume" not in err:
        # Signals that come at the same time are one, or meet the end.
        if process.returncode != 0:
            raise Wrong(f"exit {process.returncode}, and said: {err}")
    if files_of(folder):
        bench.resume(folder)
    else:
        bench.seen["no checkpoint"] += 1
        bench.train(folder, *bench.checkpoints(folder), check=True)
    bench.must_be_whole(folder)


def killed_going_back(bench, folder, draws):
    """kill -9 just after a training went back: the lower rate is not lost."""
    def command(place, *more):
        return [bench.weft, "--threads", "1", "--quiet", "train", "--data",
                str(bench.data), "--hidden", "40,20", "--optimizer", "sgd",
                "--lr", "300", "--epochs", "12", "--batch-size", "16",
                "--on-not-finite", "go-back", "--rate-factor", "0.3", "--out",
                str(place / "out.weft"), "--checkpoints", str(place / "kept"),
                "--every-steps", "20", *more]
    whole = bench.top / "went-back"
    if not whole.exists():
        whole.mkdir()
        done = subprocess.run(command(whole), capture_output=True, text=True,
                              check=True, timeout=120)
        bench.back = done.stderr.count("going back to step")
        if bench.back < 2:
            raise Wrong(f"it went back {bench.back} times only")
    process = bench.start(folder, command(folder))
    wanted, seen = draws.randint(1, bench.back), 0
    for line in process.stderr:
        seen += "going back to step" in line
        if seen == wanted:
            break
    time.sleep(draws.choice([0, draws.uniform(0, 0.005)]))
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    seen += process.communicate()[1].count("going back to step")
    said = bench.resume(folder)
    if alive:
        bench.meet("killed")
    # What it wrote down but did not come to say is not in either's words.
    seen += said.count("going back to step")
    if seen not in (bench.back, bench.back - 1):
        raise Wrong(f"it went back {seen} times, not {bench.back}: {said}")
    found, expected = (bench.hash_of(f / "out.weft") for f in (folder, whole))
    if found != expected:
        raise Wrong(f"ends with {found} instead of {expected}")


def injected(bench, folder, draws, call, number):
    """Some calls that write checkpoints fail; the training does not."""
    start = {"open": 20, "fsync": 20, "rename": 20}.get(call, 400_000)
    environment = {
        "LD_PRELOAD": bench.shim, "WEFT_FAULT_CALL": call,
        "WEFT_FAULT_ERRNO": str(number),
        "WEFT_FAULT_TOLD": str(folder / "told"),
        "WEFT_FAULT_FROM": str(draws.randrange(start)),
        "WEFT_FAULT_COUNT": str(draws.choice([1, 3, 30]))}
    process = bench.start(folder, None, environment)
    end = draws.random() < 0.5  # else it is killed on top of that
    if not end:
        time.sleep(draws.uniform(0.05, bench.seconds))
        process.kill()
        process.communicate()
        bench.seen["killed besides"] += 1
    else:
        code, err = finish(process, bench, call)
        if "warning: [checkpoints]" in err:
            bench.seen["warned"] += 1
            text = os.strerror(number)
            if call != "lose" and text not in err:
                raise Wrong(f"the warning does not say '{text}': {err}")
        # The file at the end may be what could not be written.
        if code != 0 and "can't be" not in err and call != "lose":
            raise Wrong(f"exit {code}: {err}")
    if (folder / "told").exists():
        bench.meet(f"{call} failed")
    if files_of(folder):
        bench.resume(folder)
    else:
        bench.seen["no checkpoint"] += 1
        bench.train(folder, *bench.checkpoints(folder), check=True)
    bench.must_be_whole(folder)


def full_disk(bench, folder, draws):
    injected(bench, folder, draws, "write", errno.ENOSPC)


def bad_disk(bench, folder, draws):
    injected(bench, folder, draws,
             draws.choice(["write", "fsync", "open", "rename"]), errno.EIO)


def lost_writes(bench, folder, draws):
    injected(bench, folder, draws, "lose", errno.EIO)


def tiny_disk(bench, folder, draws):
    """A file system that is really full, from the begin or for a while."""
    kept = folder / "kept"
    kept.mkdir()
    size = draws.choice([48, 96, 160, 256])
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k",
                           "weft-faults", str(kept)], capture_output=True)
    if made.returncode != 0:
        print("no file system can be mounted here")
        sys.exit(SKIP)
    try:
        filler = kept / "filler"
        process = bench.start(folder)
        time.sleep(draws.uniform(0.02, bench.seconds / 2))
        try:
            filler.write_bytes(b"x" * 10_000_000)
        except OSError:
            pass
        time.sleep(draws.uniform(0.02, bench.seconds / 2))
        filler.unlink(missing_ok=True)
        code, err = finish(process, bench, "a full disk")
        if code != 0:
            raise Wrong(f"exit {code}: {err}")
        if "No space left on device" in err:
            bench.meet("warned")
        bench.must_be_whole(folder)
        if files_of(folder):
            os.unlink(folder / "out.weft")
            bench.resume(folder)
            bench.must_be_whole(folder)
        else:
            bench.seen["no checkpoint"] += 1
    finally:
        subprocess.run(["umount", str(kept)], check=True)


def read_only(bench, folder, draws):
    """The directory becomes read-only in the middle, and stays so or not."""
    kept = folder / "kept"
    kept.mkdir()
    user = {}
    if os.geteuid() == 0:  # permissions are nothing to root
        user = {"user": 65534, "group": 65534, "extra_groups": []}
        os.chown(folder, 65534, 65534)
        os.chown(kept, 65534, 65534)
    process = bench.start(folder, **user)
    time.sleep(draws.uniform(0.02, bench.seconds))
    os.chmod(kept, 0o555)
    if draws.random() < 0.5:
        time.sleep(draws.uniform(0, bench.seconds / 2))
        os.chmod(kept, 0o755)
    code, err = finish(process, bench, "a read-only directory")
    os.chmod(kept, 0o755)
    # One that was read-only at the begin is an error.
    if code != 0 and "Permission denied" not in err:
        raise Wrong(f"exit {code}: {err}")
    if "Permission denied" in err:
        bench.meet("warned" if code == 0 else "refused")
    if not files_of(folder):
        bench.seen["no checkpoint"] += 1
        bench.train(folder, *bench.checkpoints(folder), check=True)
    else:
        bench.resume(folder)
    bench.must_be_whole(folder)


def stopped_run(bench, folder, draws):
    """Checkpoints of a training that was stopped somewhere."""
    process = bench.start(folder)
    time.sleep(draws.uniform(bench.seconds / 4, bench.seconds))
    process.kill()
    process.communicate()
    if not files_of(folder):
        bench.train(folder, *bench.checkpoints(folder), check=True)
    return files_of(folder)


def torn(bench, folder, draws):
    """Files that end early, or in zeros, as after a power cut."""
    files = stopped_run(bench, folder, draws)
    damaged = draws.sample(files, draws.randint(1, max(1, len(files) - 1)))
    for file in damaged:
        content = file.read_bytes()
        cut = draws.randrange(len(content))
        zeros = bytes(len(content) - cut) if draws.random() < 0.5 else b""
        file.write_bytes(content[:cut] + zeros)
        bench.meet("zeroed" if zeros else "cut")
    if len(damaged) == len(files):
        err = subprocess.run(bench.resume_args(folder), capture_output=True,
                             text=True, timeout=120).stderr
        if "no sound checkpoint" in err:
            bench.seen["none left, and said so"] += 1
            return
    said = bench.resume(folder)
    bench.seen["skipped"] += said.count("skipped a checkpoint")
    bench.must_be_whole(folder)


def flips(bench, folder, draws):
    """A bit flips somewhere in the newest file: it is noticed, everywhere."""
    files = stopped_run(bench, folder, draws)
    if len(files) < 2:
        return
    newest = max(files, key=lambda f: f.stem.split("-")[1])
    content = newest.read_bytes()
    for _ in range(5):
        bad = bytearray(content)
        at = draws.randrange(len(bad))
        bad[at] ^= 1 << draws.randrange(8)
        newest.write_bytes(bad)
        done = subprocess.run([bench.weft, "eval", str(newest), "--data",
                               str(bench.data)], capture_output=True,
                              timeout=60)
        if done.returncode != 4:
            raise Wrong(f"a bit of byte {at}: exit {done.returncode}")
        bench.meet("noticed")
    said = bench.resume(folder)
    bench.seen["skipped"] += said.count("skipped a checkpoint")
    bench.must_be_whole(folder)


def two_writers(bench, folder, draws):
    """Two trainings start on one directory: one of them is refused."""
    both = [bench.start(folder)]
    time.sleep(draws.choice([0, draws.uniform(0, bench.seconds / 2)]))
    both.append(bench.start(folder))
    ends = [finish(p, bench, "two writers") for p in both]
    codes = sorted(code for code, _ in ends)
    said = " ".join(err for _, err in ends)
    refused = "another training" in said or "holds a checkpoint" in said
    if codes != [0, 3] or not refused:
        raise Wrong(f"exits {codes}: {said}")
    bench.meet("locked" if "another training" in said else "later than it")
    bench.must_be_whole(folder)
    os.unlink(folder / "out.weft")
    bench.resume(folder)
    bench.must_be_whole(folder)


FAULTS = {f.__name__: f for f in
          (kill, signals, second_signal, killed_going_back, full_disk, bad_disk, lost_writes, tiny_disk,
           read_only, torn, flips, two_writers)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weft")
    parser.add_argument("shim")
    parser.add_argument("fault", choices=FAULTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.5)
    args = parser.parse_args()
    bench = Bench(args.weft, args.shim, args.seconds)
    wrong = i = met = 0
    while met < args.rounds and i < 20 + 10 * args.rounds:
        i += 1
        bench.met = False
        folder = bench.folder("round")
        try:
            FAULTS[args.fault](bench, folder,
                               random.Random(f"{args.seed} {i}"))
        except Wrong as e:
            wrong += 1
            kept = bench.top.parent / f"weft-faults-{args.fault}-{i}"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(folder, kept)
            print(f"round {i}: {e}\n  kept in {kept}")
        met += bench.met
    shutil.rmtree(bench.top, ignore_errors=True)
    if met < args.rounds:
        wrong += 1
        print(f"only {met} faults of {args.rounds} were met")
    print(f"{args.fault}: {met} of {i} rounds met the fault, {wrong} wrong; "
          "a run takes "
          f"{bench.seconds:.2f} s; "
          + ", ".join(f"{k}: {n}" for k, n in sorted(bench.seen.items())))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
