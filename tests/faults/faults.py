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
import errno
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

from training import SKIP, Bench, Wrong, files_of, finish

READER = pathlib.Path(__file__).parents[2] / "tools" / "weft_file.py"


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
    process.wait(timeout=120)
    if process.returncode == -number and not files_of(folder):
        process.communicate()
        bench.seen["before it began"] += 1
        return
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
    if -process.returncode in numbers:
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
                str(bench.data), "--hidden", "40,20", "--activation", "elu",
                "--optimizer", "sgd", "--lr", "10000", "--epochs", "12",
                "--batch-size", "16", "--on-not-finite", "go-back",
                "--rate-factor", "0.3", "--out", str(place / "out.weft"),
                "--checkpoints", str(place / "kept"), "--every-steps", "20",
                *more]
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
        try:
            bench.resume(folder)
        except Wrong as e:
            # It was killed before the first one was read again.
            first = [f.stem for f in files_of(folder)]
            if (call != "lose" or first != ["checkpoint-" + "0" * 12] or
                    "no sound checkpoint" not in str(e)):
                raise
            bench.seen["none yet, and said so"] += 1
            return
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
    """A bit flips somewhere in the newest file: no bit goes unnoticed."""
    files = stopped_run(bench, folder, draws)
    if len(files) < 2:
        return
    # Of two of one step, which `weft resume` takes first.
    newest = max(files, key=lambda f: (f.stem.split("-")[1], f.stem))
    content = newest.read_bytes()
    for _ in range(5):
        bad = bytearray(content)
        at = draws.randrange(len(bad))
        bad[at] ^= 1 << draws.randrange(8)
        newest.write_bytes(bad)
        done = subprocess.run([bench.weft, "eval", str(newest), "--data",
                               str(bench.data)], capture_output=True,
                              timeout=60)
        if done.returncode not in (0, 4):
            raise Wrong(f"a bit of byte {at}: exit {done.returncode}")
        # An evaluation does not read the optimiser's tensors.
        bench.seen["not read" if done.returncode == 0 else "noticed"] += 1
        whole = subprocess.run([sys.executable, "-B", str(READER), "check",
                                str(newest)], capture_output=True, timeout=60)
        if whole.returncode != 1:
            raise Wrong(f"a bit of byte {at}: nothing noticed it")
        bench.meet("flipped")
    said = bench.resume(folder)
    if "skipped a checkpoint" not in said:
        raise Wrong(f"the damaged checkpoint was used: {said}")
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
