"""The programs of the comparison: how each is built and started."""

import dataclasses
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
PEERS = ROOT / "tools/bench/peers"
BUILD = ROOT / "build/bench"
# What g++ gets for what is written by hand: -march=native of g++ 12 is slower
# than this on some processors.
FLAGS = ["-O3", "-march=x86-64-v3", "-std=c++20"]


@dataclasses.dataclass(frozen=True)
class Peer:
    """A program that is compiled from `sources`, if `header` can be found."""
    name: str
    title: str
    sources: tuple
    header: str
    flags: tuple = ()
    libraries: tuple = ()
    package: str = ""
    cases: str = "networks"  # or "products"
    # Settings to try; the best one counts. $N stands for the threads.
    settings: tuple = ((),)


ONE_BLAS = (("OMP_NUM_THREADS", "$N"), ("OMP_WAIT_POLICY", "passive"),
            ("OPENBLAS_NUM_THREADS", "1"))
N_BLAS = (("OMP_NUM_THREADS", "$N"), ("OMP_WAIT_POLICY", "passive"),
          ("OPENBLAS_NUM_THREADS", "$N"))

PEER_LIST = [
    Peer("libtorch", "libtorch", ("torch.cpp",), "torch/csrc/api/include/torch/"
         "torch.h", ("-I/usr/include/torch/csrc/api/include", "-w"),
         ("torch", "torch_cpu", "c10"), "libtorch-dev",
         settings=(N_BLAS, ONE_BLAS)),
    Peer("dlib", "dlib", ("dlib.cpp",), "dlib/dnn.h", ("-w",),
         ("dlib", "openblas"), "libdlib-dev",
         settings=((("OPENBLAS_NUM_THREADS", "$N"),),
                   (("OPENBLAS_NUM_THREADS", "1"),))),
    Peer("hand-eigen", "by hand (Eigen)", ("hand.cpp", "hand_chain.cpp"),
         "eigen3/Eigen/Dense", ("-I/usr/include/eigen3", "-w"), ("tbb",),
         "libeigen3-dev"),
    Peer("hand-openblas", "by hand (OpenBLAS)", ("hand.cpp", "hand_chain.cpp"),
         "x86_64-linux-gnu/cblas.h", ("-DBENCH_OPENBLAS",),
         ("tbb", "openblas"), "libopenblas-dev"),
    Peer("openblas", "OpenBLAS", ("product_libs.cpp",),
         "x86_64-linux-gnu/cblas.h", (), ("openblas",), "libopenblas-dev",
         cases="products"),
    Peer("onednn", "oneDNN", ("product_libs.cpp",), "dnnl.h",
         ("-DBENCH_ONEDNN", "-fopenmp"), ("dnnl",), "libdnnl-dev",
         cases="products", settings=((("OMP_NUM_THREADS", "$N"),),)),
]
# Not in Debian: the user gives a program that takes the arguments and prints
# the lines of peers/rig.h (--peer ggml=PATH).
GIVEN = {"ggml": "ggml", "dynet": "DyNet", "mlx": "MLX"}


def given_peers(arguments, say):
    """(peer, program) of each "NAME=PROGRAM", and a message for the others."""
    paths = dict(a.partition("=")[::2] for a in arguments)
    for name in sorted(set(GIVEN) - set(paths)):
        say(f"skipping {GIVEN[name]}: Debian has no package; give a program "
            f"with --peer {name}=PATH")
    found = []
    for name, path in paths.items():
        if not os.access(path, os.X_OK) or not pathlib.Path(path).is_file():
            raise SystemExit(f"bench: --peer {name}={path}: no such program")
        found.append((Peer(name, GIVEN.get(name, name), (), "",
                           settings=(N_BLAS,)),
                      pathlib.Path(path).resolve()))
    return found


def run(command, **options):
    subprocess.run([str(c) for c in command], check=True, **options)


def install():
    """Installs the packages of the peers, as root."""
    packages = sorted({p.package for p in PEER_LIST if p.package})
    run((["sudo"] if os.geteuid() else []) +
        ["apt-get", "-q", "-y", "install", "--no-install-recommends"] +
        packages + ["zlib1g-dev", "libtbb-dev", "dataset-fashion-mnist"])


def build_weft():
    """Weft's own programs, in a build folder of their own."""
    ninja = ["-G", "Ninja"] if shutil.which("ninja") else []
    if not (BUILD / "CMakeCache.txt").exists():
        run(["cmake", "-S", ROOT, "-B", BUILD, "-DCMAKE_BUILD_TYPE=Release",
             "-DWEFT_BUILD_BENCH=ON", "-DWEFT_BUILD_TESTS=OFF",
             "-DWEFT_BUILD_TOOLS=OFF", "-DWEFT_SHARED=OFF"] + ninja,
            stdout=subprocess.DEVNULL)
    run(["cmake", "--build", BUILD, "--target", "weft_bench", "compile_bench",
         "--parallel", os.cpu_count()], stdout=subprocess.DEVNULL)
    return BUILD / "bin/weft_bench", BUILD / "bin/compile_bench"


def newer(target, sources):
    return target.exists() and all(
        target.stat().st_mtime > s.stat().st_mtime for s in sources)


def compile_program(name, sources, flags=(), libraries=()):
    """Compiles files of peers/ unless that was done; the program's path."""
    target = BUILD / "peers" / name
    files = [PEERS / s for s in sources]
    if not newer(target, files + sorted(PEERS.glob("*.h"))):
        target.parent.mkdir(parents=True, exist_ok=True)
        run([os.environ.get("CXX", "g++"), *FLAGS, *flags, *files, "-o", target,
             *(f"-l{lib}" for lib in libraries), "-lz", "-lpthread"])
    return target


def build_peer(peer, say):
    """The peer's program; None, and a message, where it can't be had."""
    if not (pathlib.Path("/usr/include") / peer.header).exists():
        say(f"skipping {peer.title}: {peer.header} is missing "
            f"(apt-get install {peer.package}, or --install)")
        return None
    try:
        return compile_program(peer.name, peer.sources, peer.flags,
                               peer.libraries)
    except subprocess.CalledProcessError:
        say(f"skipping {peer.title}: it does not compile here")
        return None


def environment(settings, threads):
    changed = {k: v.replace("$N", str(threads)) for k, v in settings}
    return {**os.environ, **changed}


def commit():
    """The last change of the library, not of what measures it."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "log", "-1", "--format=%h", "--", "include",
         "src", "ops", "cmake"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"
