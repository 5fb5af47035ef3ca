"""Writes the programs of README.md into a folder: one file for each block of
C++, and commands.sh with the blocks of shell."""

import pathlib
import re
import sys

readme, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
text = readme.read_text(encoding="utf-8")


def write(path, content):
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")


programs = re.findall(r"```cpp\n(.*?)```", text, re.S)
commands = re.findall(r"```sh\n(.*?)```", text, re.S)
for i, program in enumerate(programs):
    write(folder / f"snippet{i}.cpp", program)
write(folder / "commands.sh", "set -e\n" + "".join(commands))
if not programs or not commands:
    sys.exit("README.md has no programs")
