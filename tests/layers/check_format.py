"""Checks that every C++ file is as .clang-format wants it; tools/format
makes it so.

Usage: check_format.py SOURCE_DIR. Exits 1 if a file is not, 77 if
clang-format 14 is missing: other versions format differently.
"""

import pathlib
import shutil
import subprocess
import sys


def formatter():
    for name in ("clang-format-14", "clang-format"):
        path = shutil.which(name)
        if path and " 14." in subprocess.run(
                [path, "--version"], capture_output=True, text=True,
                check=True).stdout:
            return path
    return None


def main():
    root = pathlib.Path(sys.argv[1])
    tool = formatter()
    if tool is None:
        print("clang-format 14 is not there; tools/setup --ci installs it")
        return 77
    files = [str(path) for top in
             ("src", "include", "ops", "models", "tools", "tests")
             for path in sorted((root / top).rglob("*"))
             if path.suffix in (".h", ".cpp", ".inc")]
    if not files:
        print("no files")
        return 1
    wrong = [path for path in files if subprocess.run(
        [tool, "--dry-run", "-Werror", path], capture_output=True,
        check=False).returncode != 0]
    for path in wrong:
        print(f"{path}: not formatted; run tools/format")
    print(f"{len(files)} files, {len(wrong)} not formatted")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
