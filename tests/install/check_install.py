"""Uses an installed Weft as a user would; each case is one test.

static, shared, package_without_component, static_gc_lto: by find_package.
pkg_config_static, pkg_config_shared: by pkg-config and the compiler alone.
contributing: the op that CONTRIBUTING.md shows.
headers: every public header compiles alone, and reaches no other library's.
exports: the shared library exports Weft's symbols and nobody else's.
old_processor: one that lacks the kernels' instructions gets an Error.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

SKIP = 77
HEAVY = re.compile(r"/(eigen3?|Eigen|tbb|oneapi|boost|yaml-cpp|nlohmann|CLI)/")
# A user's file that includes all of Weft: a check against accidents, since
# seconds differ between machines.
MAX_PREPROCESSED_LINES = 120_000


def run(*command, **options):
    print("+", *command, flush=True)
    done = subprocess.run([str(c) for c in command], text=True,
                          stdout=subprocess.PIPE, check=False, **options)
    if done.returncode != 0:
        print(done.stdout)
        sys.exit(f"failed with {done.returncode}: {command[0]}")
    return done.stdout


def registered_ops(source):
    """How many ops the files of ops/ register."""
    return sum(len(re.findall(r"\.add<", path.read_text(encoding="utf-8")))
               for path in (source / "ops").glob("*.cpp"))


def run_user(args, program, **options):
    """Runs the user's program; all of Weft's ops and its own must be there."""
    lines = run(program, **options).splitlines()
    ops = [line for line in lines if line.startswith("op ")]
    expected = registered_ops(args.source) + 1
    print(f"{len(ops)} ops registered, {expected} expected")
    if len(ops) != expected or "op my::softplus" not in ops or expected < 2:
        sys.exit("the registry is not complete")


def linked_to_shared(program):
    return "libweft.so" in run("ldd", program)


def by_package(args, case, component, flags=""):
    build = args.work / case
    shutil.rmtree(build, ignore_errors=True)
    run(args.cmake, "-S", args.source / "tests/install/user", "-B", build,
        "-G", args.generator, f"-DCMAKE_CXX_COMPILER={args.compiler}",
        "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_PREFIX_PATH={args.prefix}",
        f"-DCOMPONENT={component}", f"-DCMAKE_CXX_FLAGS={flags}",
        "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    run(args.cmake, "--build", build)
    shared = linked_to_shared(build / "user")
    print("linked to the", "shared" if shared else "static", "library")
    if component and shared != (component == "shared"):
        sys.exit(f"{component} was asked for")
    run_user(args, build / "user")
    if "-march" in (build / "compile_commands.json").read_text():
        sys.exit("-march reached the user's program")


def compile_by_pkg_config(args, kind, source):
    """Makes a program beside the source's copy; returns its libraries."""
    if not shutil.which("pkg-config"):
        print("pkg-config is not there")
        sys.exit(SKIP)
    path = next(args.prefix.glob("**/pkgconfig"))
    env = os.environ | {"PKG_CONFIG_PATH": str(path)}
    static = ["--static"] if kind == "static" else []
    flags = run("pkg-config", "--cflags", "--libs", *static, "weft",
                env=env).split()
    if any("-march" in flag for flag in flags):
        sys.exit("-march reached the user's program")
    if kind == "static":
        flags = ["-l:libweft.a" if f == "-lweft" else f for f in flags]
    run(args.compiler, "-std=c++20", "-O1", "-o",
        args.work / f"{source.stem}_{kind}", source, *flags)
    return path.parent


def by_pkg_config(args, kind):
    source = args.source / "tests/install/user/main.cpp"
    libraries = compile_by_pkg_config(args, kind, source)
    run_user(args, args.work / f"main_{kind}",
             env=os.environ | {"LD_LIBRARY_PATH": str(libraries)})


CONTRIBUTED = """
#include <weft/testing.h>
namespace weft::ops { void register_cube(Registry& r); }
int main() {
  weft::ops::register_cube(weft::registry());
  weft::testing::require(
      weft::testing::check_op(weft::registry().prototype("cube")));
}
"""


def contributing(args):
    """The op that CONTRIBUTING.md shows holds what every op must hold."""
    text = (args.source / "CONTRIBUTING.md").read_text(encoding="utf-8")
    op, declaration = re.findall(r"^```cpp\n(.*?)^```", text, re.S | re.M)
    program = args.work / "contributing.cpp"
    program.write_text(
        f"#include <weft/ops.h>\nnamespace weft {{\n{declaration}}}\n{op}"
        + CONTRIBUTED, encoding="utf-8")
    compile_by_pkg_config(args, "static", program)
    run(args.work / "contributing_static")


def headers(args):
    include = args.prefix / "include"
    files = sorted(p.relative_to(include) for p in include.glob("weft/**/*.h"))
    if not files:
        sys.exit("no headers are installed")
    compiler = [args.compiler, "-std=c++20", "-I", include, "-x", "c++"]
    everything = "".join(f"#include <{f}>\n" for f in files)
    for name, text in [(str(f), f"#include <{f}>\n") for f in files] + [
            ("all headers", everything)]:
        # -M would list what clang looked for with __has_include as well.
        reached = run(*compiler, "-E", "-H", "-o", os.devnull, "-",
                      input=text, stderr=subprocess.STDOUT).splitlines()
        heavy = [line for line in reached if HEAVY.search(line)]
        if not any(line.startswith(".") for line in reached):
            sys.exit("the compiler did not list the headers")
        if heavy:
            sys.exit(f"{name} reaches {heavy[0]}")
        if name != "all headers" and "/detail/" not in name:
            run(*compiler, "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                "-", input=text)
    top = "weft/weft.h"
    if not (include / top).exists():
        print(f"{top} is not there")
        return
    text = f"#include <{top}>\n"
    lines = run(*compiler, "-E", "-P", "-", input=text).count("\n")
    start = time.monotonic()
    run(*compiler, "-c", "-o", os.devnull, "-", input=text)
    print(f"{top}: {lines} lines after the preprocessor, compiled in "
          f"{time.monotonic() - start:.2f} s")
    if lines > MAX_PREPROCESSED_LINES:
        sys.exit(f"{top} has become heavy")


def exports(args):
    library = next(args.prefix.glob("**/libweft.so"))
    names = run("nm", "-D", "--defined-only", "-C", library).splitlines()
    foreign = [n for n in names if re.search(
        r" [TWVBDR] (?:.*\s)?(?:Eigen|boost|tbb)::", n.split("(")[0])]
    if not any("weft::Graph::" in n for n in names):
        sys.exit("weft::Graph is not exported")
    for name in foreign[:5]:
        print(name)
    if foreign:
        sys.exit(f"{len(foreign)} symbols of other libraries are exported")


def old_processor(args):
    """The program of case static on an emulated processor without AVX."""
    emulator = shutil.which("qemu-x86_64")
    if not emulator:
        print("qemu-x86_64 is not there; tools/setup --ci installs it")
        sys.exit(SKIP)
    done = subprocess.run(
        [emulator, "-cpu", "Nehalem", args.work / "static/user"], text=True,
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, check=False)
    print(done.returncode, done.stderr)
    if done.returncode != 3 or "processor lacks AVX" not in done.stderr:
        sys.exit("a processor without AVX does not get an Error")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("source", "prefix", "work"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    for name in ("compiler", "cmake", "generator"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("case")
    args = parser.parse_args()
    collect = "-ffunction-sections -fdata-sections -Wl,--gc-sections"
    if "clang" not in args.compiler:  # Debian's clang links LTO only with lld
        collect += " -flto"
    cases = {
        "static": lambda: by_package(args, "static", "static"),
        "shared": lambda: by_package(args, "shared", "shared"),
        "package_without_component": lambda: by_package(args, "plain", ""),
        "static_gc_lto": lambda: by_package(args, "gc_lto", "static", collect),
        "pkg_config_static": lambda: by_pkg_config(args, "static"),
        "pkg_config_shared": lambda: by_pkg_config(args, "shared"),
        "contributing": lambda: contributing(args),
        "headers": lambda: headers(args),
        "old_processor": lambda: old_processor(args),
        "exports": lambda: exports(args),
    }
    cases[args.case]()


if __name__ == "__main__":
    main()
