#!/usr/bin/env python3
"""Holds who may include whom (docs/design.md) against the #include lines of all C++ files."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Directory → the directories it may include from, besides itself. "public" is include/provider_host/.
MAY_INCLUDE = {
    "public": set(),
    "base": set(),
    "wire": {"base"},
    "platform": {"base"},
    "process": {"base", "platform"},
    "interpreters": {"public", "base", "platform", "process"},
    "pool": {"public", "base", "platform", "wire", "process", "interpreters"},
    "api": {"public", "base", "platform", "wire", "process", "pool"},
    "values": {"base", "wire"},
    "host": {"base", "platform", "wire", "values"},
    "promptfoo": {"public", "base", "platform", "wire", "process", "interpreters"},
    "pipe": {"public", "base", "wire"},
    "server": {"public", "base", "platform", "wire"},
    "cli": {"public", "base", "platform", "wire", "process", "pipe", "server"},
    "bindings": {"public", "base", "platform", "pipe", "values"},
}
# The only directories that may see Python.
MAY_INCLUDE_PYTHON = {"values", "host", "bindings"}
# All that a public header may take from outside, besides the standard library.
PUBLIC_LIBRARIES = {"nlohmann/json.hpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def directory_of(header: str) -> str:
    """The project directory that a header's path names, or "" for one from elsewhere."""
    first, _, rest = header.partition("/")
    if first == "provider_host":
        return "public"
    return first if rest and first in MAY_INCLUDE else ""


def is_python(header: str) -> bool:
    return header == "Python.h" or header.startswith("pybind11/")


def faults_of(path: Path, directory: str):
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        header = match.group(2)
        target = directory_of(header)
        place = f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start(2)) + 1}"
        if is_python(header) and directory not in MAY_INCLUDE_PYTHON:
            allowed = " and ".join(sorted(MAY_INCLUDE_PYTHON))
            yield f"{place}: {directory} includes {header}; only {allowed} may see Python"
        elif target and target != directory and target not in MAY_INCLUDE[directory]:
            allowed = ", ".join(sorted(MAY_INCLUDE[directory])) or "nothing of ours"
            yield f"{place}: {directory} includes {header}; it may include {allowed}"
        elif not target and match.group(1) == '"':
            yield f'{place}: "{header}" does not start with one of our directories'
        elif not target and directory == "public" and "/" in header and header not in PUBLIC_LIBRARIES:
            yield f"{place}: a public header includes {header}; only std, nlohmann/json.hpp and siblings"


def main() -> int:
    faults, count = [], 0
    for directory in MAY_INCLUDE:
        base = ROOT / "include" / "provider_host" if directory == "public" else ROOT / "src" / directory
        for path in sorted(base.rglob("*")):
            if path.suffix in {".h", ".cc", ".in"}:
                faults.extend(faults_of(path, directory))
                count += 1
    for fault in faults:
        print(fault)
    unknown = {p.name for p in (ROOT / "src").iterdir() if p.is_dir()} - set(MAY_INCLUDE) - {"install"}
    for name in sorted(unknown):
        print(f"src/{name}: not in the table of scripts/check_includes.py")
    print(f"includes: {count} files, {len(faults) + len(unknown)} faults")
    return 1 if faults or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
