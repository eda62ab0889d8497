#!/usr/bin/env python3
"""Says whether a wheel can be installed elsewhere: what its programs and libraries need must be in it, or be among what every
Linux has (PEP 600 and the policy files of auditwheel). Prints the platform tag that its glibc symbols allow."""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

EVERYWHERE = set(
    """libgcc_s.so.1 libstdc++.so.6 libm.so.6 libdl.so.2 librt.so.1 libc.so.6 libnsl.so.1 libutil.so.1 libpthread.so.0
    libresolv.so.2 libz.so.1 libexpat.so.1 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1""".split()
)
NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
GLIBC = re.compile(r"GLIBC_2\.([0-9]+)")


def readelf(option: str, path: Path) -> str:
    return subprocess.run(["readelf", "-W", option, str(path)], capture_output=True, text=True, check=True).stdout


def elf_files(folder: Path):
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.open("rb").read(4) == b"\x7fELF":
            yield path


def main(wheel: str) -> int:
    faults, glibc = [], 17
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        zipfile.ZipFile(wheel).extractall(folder)
        files = list(elf_files(folder))
        inside = {path.name for path in files}
        for path in files:
            needed = set(NEEDED.findall(readelf("-d", path)))
            for library in sorted(needed - EVERYWHERE - inside):
                faults.append(f"{path.relative_to(folder)} needs {library}, which not every Linux has")
            glibc = max([glibc, *map(int, GLIBC.findall(readelf("--dyn-syms", path)))])
        names = ", ".join(str(path.relative_to(folder)) for path in files)
    print(f"{Path(wheel).name}: {names}")
    for fault in faults:
        print(f"  {fault}", file=sys.stderr)
    if not faults:
        print(f"  can be installed where there is glibc 2.{glibc} or later: manylinux_2_{glibc}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
