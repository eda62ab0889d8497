#!/usr/bin/env python3
"""Says whether what this machine's compiler has built calls anything that glibc 2.28, the oldest supported, lacks.

usage: check_glibc.py [FILE...]        without FILE: the programs, hosts and extension modules in build/
       check_glibc.py --update FILE    writes glibc_symbols.txt anew; FILE is lib/libc/glibc/abilists of the
                                       package ziglang

A function of an old glibc gets a new version whenever it is changed, so symbol versions say nothing here. Names do:
glibc_symbols.txt lists those that came later, each with the version that has it.
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Dict, Iterator, List, Set, Tuple

ROOT = Path(__file__).resolve().parent.parent
SYMBOLS = ROOT / "scripts" / "glibc_symbols.txt"
OLDEST = (2, 28)
BUILT = ("bin/provider-host", "bin/provider-host-python", "libexec/provider_host/*", "python/provider_host/_native*.so")
# Older glibcs have these in what is linked statically, libc_nonshared.a.
STATIC_BEFORE = set("stat stat64 lstat lstat64 fstat fstat64 fstatat fstatat64 mknod mknodat".split())
# New headers use these in place of old ones: strtol becomes __isoc23_strtol, libstdc++ waits and counts by the others.
FROM_HEADERS = re.compile(r"__isoc23_\w+|__libc_single_threaded|pthread_\w+_clock\w+")
IMPORT = re.compile(r"\bUND\s+(\w+)@GLIBC_([0-9.]+)")

Version = Tuple[int, ...]


def version_of(text: str) -> Version:
    return tuple(map(int, text.split(".")))


def newer_symbols() -> Dict[str, Version]:
    """Each name that came after the oldest supported glibc, and the version that it came with."""
    symbols = {}
    for line in SYMBOLS.read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            version, *names = line.split()
            symbols.update(dict.fromkeys(names, version_of(version)))
    return symbols


def faults_of(path: Path, newer: Dict[str, Version]) -> Iterator[str]:
    newest = max(newer.values())
    command = ["readelf", "-W", "--dyn-syms", str(path)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name, version in sorted(set(IMPORT.findall(listing))):
        if name in newer and name not in STATIC_BEFORE and not FROM_HEADERS.fullmatch(name):
            since = ".".join(map(str, newer[name]))
            users = ", ".join(users_of(name)) or "none of our sources names it"
            yield f"{path}: {name} came with glibc {since}; {users}"
        elif name not in newer and version_of(version) > newest:
            yield f"{path}: {name} is of glibc {version}, which glibc_symbols.txt lacks: use --update"


def users_of(name: str) -> List[str]:
    """The places in our sources where the name stands."""
    found = []
    word = re.compile(rf"\b{name}\b")
    for source in sorted([*ROOT.glob("src/**/*.cc"), *ROOT.glob("src/**/*.h"), *ROOT.glob("include/**/*.h")]):
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
            if word.search(line):
                found.append(f"{source.relative_to(ROOT)}:{number}")
    return found


class AbiLists:
    """zig's list of all glibc symbols: tables of libraries, versions and targets; then functions, then objects. A
    symbol is a name and its inclusions: a set of targets, for objects a size, a library, versions. Numbers are LEB128
    or bytes.
    """

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        for _ in range(self.byte()):
            self.text()  # libraries
        self.versions = [tuple(self.byte() for _ in range(3))[:2] for _ in range(self.byte())]
        self.targets = [self.text() for _ in range(self.byte())]

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def text(self) -> str:
        start, self.at = self.at, self.data.index(b"\0", self.at) + 1
        return self.data[start : self.at - 1].decode()

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def inclusion(self, is_object: bool) -> Tuple[Set[str], List[Version], bool]:
        targets = self.number()
        if is_object:
            self.number()
        is_last = self.byte() >= 0x80
        versions, more = [], True
        while more:
            byte = self.byte()
            versions.append(self.versions[byte & 0x3F])
            more = byte < 0x80
        return {name for bit, name in enumerate(self.targets) if targets >> bit & 1}, versions, is_last

    def symbols(self, target: str) -> Dict[str, Version]:
        """Every name of that target, with the first version that has it. Once only."""
        first: Dict[str, Version] = {}
        for is_object in (False, True):
            name = ""
            for _ in range(self.byte() + 256 * self.byte()):
                name = name or self.text()
                targets, versions, is_last = self.inclusion(is_object)
                if target in targets:
                    first[name] = min([*versions, *([first[name]] if name in first else [])])
                if is_last:
                    name = ""
        return first


def update(abilists: str) -> None:
    by_version = defaultdict(set)
    for machine in ("x86_64", "aarch64"):
        for name, version in AbiLists(Path(abilists).read_bytes()).symbols(f"{machine}-linux-gnu").items():
            if version > OLDEST:
                by_version[version].add(name)
    lines = ["# Symbols that came after glibc 2.28, from zig's list of all; written by check_glibc.py --update."]
    lines += [" ".join([".".join(map(str, version)), *sorted(names)]) for version, names in sorted(by_version.items())]
    SYMBOLS.write_text("\n".join(lines) + "\n", encoding="ascii")


def main(arguments: List[str]) -> int:
    if arguments[:1] == ["--update"] and len(arguments) == 2:
        update(arguments[1])
        return 0
    if arguments and arguments[0].startswith("-"):
        sys.exit(__doc__)
    files = [Path(each) for each in arguments]
    if not files:
        files = [file for pattern in BUILT for file in sorted((ROOT / "build").glob(pattern))]
    newer = newer_symbols()
    faults = [fault for file in files for fault in faults_of(file, newer)]
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(files)} files, {len(faults)} uses of what glibc {'.'.join(map(str, OLDEST))} lacks")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
