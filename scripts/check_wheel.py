#!/usr/bin/env python3
"""Says whether a wheel can be installed elsewhere: what its programs and libraries need must be in it, or be among what
every Linux of its kind has (PEP 600, PEP 656, the policy files of auditwheel). Prints the tag that its symbols allow.

usage: check_wheel.py WHEEL
       check_wheel.py --tag TAG WHEEL DIRECTORY   copies the wheel to DIRECTORY with that platform tag, such as
                                                  manylinux_2_28_x86_64 (needs the package `wheel`); what needs
                                                  more, or is for another machine, is a fault
"""

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Iterator, List, Set

EVERYWHERE = {
    "manylinux": set(
        """libgcc_s.so.1 libstdc++.so.6 libm.so.6 libdl.so.2 librt.so.1 libc.so.6 libnsl.so.1 libutil.so.1
        libpthread.so.0 libresolv.so.2 libz.so.1 libexpat.so.1 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1""".split()
    ),
    "musllinux": {"libc.so"},
}
MACHINES = {"Advanced Micro Devices X86-64": "x86_64", "AArch64": "aarch64"}
NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
MACHINE = re.compile(r"Machine:\s+(.+)")
FIXED = re.compile(r"Type:\s+EXEC")
GLIBC = re.compile(r"GLIBC_2\.([0-9]+)")
IMPORT = re.compile(r"\bUND\s+(\w+)")
# What musl has from 1.2.1 on (its release notes, to 1.2.5).
MUSL_LATER = set(
    "_Fork gettid preadv2 pthread_getname_np pwritev2 qsort_r reallocarray statx tcgetwinsize tcsetwinsize".split()
)
# A host is loaded before all other libraries, and what it exported of C++ would come before theirs.
EXPORT = re.compile(r"\b(?:GLOBAL|WEAK)\s+DEFAULT\s+\d+\s+(_Z\w+|__cxa_\w+|__gxx_\w+|_Unwind_\w+)")


def readelf(option: str, path: Path) -> str:
    return subprocess.run(["readelf", "-W", option, str(path)], capture_output=True, text=True, check=True).stdout


class Binary:
    """What readelf says of one program or library."""

    def __init__(self, path: Path, directory: Path) -> None:
        symbols = readelf("--dyn-syms", path)
        self.file = path.name
        self.name = str(path.relative_to(directory))
        self.needed = set(NEEDED.findall(readelf("-d", path)))
        header = readelf("-h", path)
        machine = MACHINE.search(header)
        self.is_fixed = FIXED.search(header) is not None
        self.machine = MACHINES.get(machine.group(1), machine.group(1)) if machine else ""
        self.glibc = max([0, *map(int, GLIBC.findall(symbols))])
        self.imports = set(IMPORT.findall(symbols))
        self.exports = sorted(set(EXPORT.findall(symbols))) if self.file.endswith(".so") else []

    def faults(self, inside: Set[str], kind: str) -> Iterator[str]:
        for library in sorted(self.needed - EVERYWHERE[kind] - inside):
            yield f"{self.name} needs {library}, which not every Linux has"
        if self.is_fixed:
            yield f"{self.name} is always at the same address (it is no PIE), which makes attacks easier"
        if self.exports:
            yield f"{self.name} exports {', '.join(self.exports[:3])}, which other libraries would get"


def binaries(wheel: str) -> List[Binary]:
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        zipfile.ZipFile(wheel).extractall(directory)
        files = (path for path in sorted(directory.rglob("*")) if path.is_file())
        return [Binary(path, directory) for path in files if path.open("rb").read(4) == b"\x7fELF"]


def differences(found: List[Binary], tag: str) -> Iterator[str]:
    """Where the binaries are not what the platform tag says."""
    libc, _, minor, machine = tag.split("_", 3)
    for each in found:
        if each.machine != machine:
            yield f"{each.name} is for {each.machine}"
        if each.glibc > (int(minor) if libc == "manylinux" else 0):
            yield f"{each.name} needs glibc 2.{each.glibc}"
        if libc == "musllinux" and each.imports & MUSL_LATER:
            yield f"{each.name} needs {', '.join(sorted(each.imports & MUSL_LATER))} of a musl after 1.2.0"


def main(arguments: List[str]) -> int:
    tagging = arguments[:1] == ["--tag"]
    if len(arguments) != (4 if tagging else 1):
        sys.exit(__doc__)
    wheel = arguments[-2 if tagging else 0]
    found = binaries(wheel)
    glibc = max(each.glibc for each in found)
    tag = arguments[1] if tagging else f"manylinux_2_{max(17, glibc)}_{found[0].machine}"
    inside = {each.file for each in found}
    faults = [fault for each in found for fault in each.faults(inside, tag.partition("_")[0])]
    faults += differences(found, tag)
    print(f"{Path(wheel).name}: {', '.join(each.name for each in found)}")
    if faults:
        print(*faults, sep="\n", file=sys.stderr)
        return 1
    print(f"  can be installed where {tag} can" + (f"; needs glibc 2.{glibc}" if glibc else ""))
    if tagging:
        copy = shutil.copy(wheel, arguments[3])
        subprocess.run([sys.executable, "-m", "wheel", "tags", "--remove", "--platform-tag", tag, copy], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
