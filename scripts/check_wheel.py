#!/usr/bin/env python3
"""Says whether a wheel can be installed elsewhere: what its programs and libraries need must be in it, or be among what
every Linux has (PEP 600 and the policy files of auditwheel). Prints the platform tag that its glibc symbols allow.

usage: check_wheel.py WHEEL
       check_wheel.py --tag WHEEL DIRECTORY   copies the wheel to DIRECTORY with that tag (needs the package `wheel`)
"""

import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import List, Tuple

EVERYWHERE = set(
    """libgcc_s.so.1 libstdc++.so.6 libm.so.6 libdl.so.2 librt.so.1 libc.so.6 libnsl.so.1 libutil.so.1 libpthread.so.0
    libresolv.so.2 libz.so.1 libexpat.so.1 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1""".split()
)
NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
GLIBC = re.compile(r"GLIBC_2\.([0-9]+)")


def readelf(option: str, path: Path) -> str:
    return subprocess.run(["readelf", "-W", option, str(path)], capture_output=True, text=True, check=True).stdout


def elf_files(directory: Path):
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.open("rb").read(4) == b"\x7fELF":
            yield path


def examine(wheel: str) -> Tuple[List[str], List[str], int]:
    """The wheel's ELF files, its faults, and the minor version of glibc that it needs."""
    faults, glibc = [], 17
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        zipfile.ZipFile(wheel).extractall(directory)
        files = list(elf_files(directory))
        inside = {path.name for path in files}
        for path in files:
            needed = set(NEEDED.findall(readelf("-d", path)))
            for library in sorted(needed - EVERYWHERE - inside):
                faults.append(f"{path.relative_to(directory)} needs {library}, which not every Linux has")
            glibc = max([glibc, *map(int, GLIBC.findall(readelf("--dyn-syms", path)))])
        return [str(path.relative_to(directory)) for path in files], faults, glibc


def main(arguments: List[str]) -> int:
    tagging = arguments[:1] == ["--tag"]
    if len(arguments) != (3 if tagging else 1):
        sys.exit(__doc__)
    wheel = arguments[-2 if tagging else 0]
    names, faults, glibc = examine(wheel)
    print(f"{Path(wheel).name}: {', '.join(names)}")
    if faults:
        print(*faults, sep="\n", file=sys.stderr)
        return 1
    tag = f"manylinux_2_{glibc}_{platform.machine()}"
    print(f"  can be installed where there is glibc 2.{glibc} or later: {tag}")
    if tagging:
        copy = shutil.copy(wheel, arguments[2])
        subprocess.run([sys.executable, "-m", "wheel", "tags", "--remove", "--platform-tag", tag, copy], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
