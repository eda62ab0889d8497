#!/usr/bin/env python3
"""Holds each version that has to stand in several files against the one place that decides it."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def read(pattern: str) -> str:
    """The text of the one file that a path or pattern stands for."""
    [path] = ROOT.glob(pattern)
    return path.read_text(encoding="utf-8")


class Versions:
    """Collects what differs."""

    def __init__(self):
        self.count = 0
        self.differing = []

    def same(self, path: str, found, what: str, decided, where: str):
        """What `path` says has to be what `where` has decided."""
        self.count += 1
        if found != decided:
            self.differing.append(f"{path}: {what} is {found}, and {decided} in {where}")

    def find(self, path: str, pattern: str, what: str, decided, where: str):
        """The same for each match of `pattern` in a file; there must be one."""
        found = re.findall(pattern, read(path), re.MULTILINE)
        for each in found or ["missing"]:
            self.same(path, each, what, decided, where)


def project(versions: Versions):
    """Of the project, and its one line: CMakeLists.txt. The Python package, the executable and the library take it."""
    version, description = re.search(
        r'^project\(provider_host VERSION ([\d.]+) DESCRIPTION "([^"]+)"', read("CMakeLists.txt"), re.MULTILINE
    ).groups()
    where = "CMakeLists.txt"
    versions.same("CHANGELOG.md", re.search(r"^## ([\d.]+)", read("CHANGELOG.md"), re.M).group(1), "the newest version",
                  version, where)
    versions.find("CITATION.cff", r'^version: "?([\d.]+)"?$', "the version", version, where)
    package = "integrations/promptfoo/package.json"
    versions.same(package, json.loads(read(package))["version"], "the version", version, where)
    for path, pattern in {
        "CITATION.cff": r"^abstract: (.*)$",
        "pyproject.toml": r'^description = "(.*)"$',
        "mkdocs.yml": r"^site_description: (.*)$",
    }.items():
        versions.find(path, pattern, "the description", description, where)
    compatible = ".".join(version.split(".")[:2])
    for path in ("examples/cpp/CMakeLists.txt", "tests/install_consumer/CMakeLists.txt"):
        versions.find(path, r"find_package\(provider_host ([\d.]+)", "the wanted version", compatible, where)


def cmake(versions: Versions):
    """Of CMake: CMakeLists.txt. pyproject.toml and scripts/install-deps take it from there."""
    oldest = re.search(r"^cmake_minimum_required\(VERSION ([\d.]+)\)", read("CMakeLists.txt"), re.MULTILINE).group(1)
    where = "CMakeLists.txt"
    minimum = json.loads(read("CMakePresets.json"))["cmakeMinimumRequired"]
    versions.same("CMakePresets.json", f"{minimum['major']}.{minimum['minor']}", "the oldest CMake", oldest, where)
    versions.find("src/cli/**/host_build.cc", r'"cmake>=([\d.]+),', "the oldest CMake", oldest, where)
    versions.find("docs/reference/interpreters.md", r"CMake (\d+\.\d+)", "the oldest CMake", oldest, where)


def python(versions: Versions):
    """Of Python: pyproject.toml. requires-python has the oldest, the classifiers have all that are tested."""
    text = read("pyproject.toml")
    where = "pyproject.toml"
    oldest = re.search(r'^requires-python = ">=([\d.]+)"', text, re.MULTILINE).group(1)
    minors = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text)
    tags = [minor.replace(".", "") for minor in minors]
    versions.same(where, minors[0], "the first classifier", oldest, "requires-python")
    versions.find("scripts/wheels", r"^PYTHONS=\((.*)\)$", "what a wheel serves", " ".join(minors), where)
    versions.find(where, r'^target-version = "py(\d+)"', "ruff's version", tags[0], "requires-python")
    versions.find(".github/workflows/ci.yml", r"^ +python: \[(.*)\]$", "the matrix of Pythons",
                  ", ".join(f'"{minor}"' for minor in minors), where)
    for path in ["README.md", *(str(each.relative_to(ROOT)) for each in (ROOT / "docs").rglob("*.md"))]:
        for first, last in re.findall(r"\bCPython\s+(3\.\d+)\s+to\s+(3\.\d+)", read(path)):
            if path != "docs/packaging.md":  # tells what has been run
                versions.same(path, (first, last), "the range of Pythons", (minors[0], minors[-1]), where)


def requirements(versions: Versions):
    """Of packages: scripts/requirements/ says what development installs."""
    listed = {}
    for path in sorted((ROOT / "scripts" / "requirements").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, limit = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?(.*)", line).groups()
            if name in listed:
                versions.same(f"scripts/requirements/{path.name}", limit, name, *listed[name])
            listed.setdefault(name, (limit, f"scripts/requirements/{path.name}"))
    for name in ("pybind11", "pytest"):  # what is too new is for development alone
        limit, where = listed[name]
        versions.find("pyproject.toml", rf'"{name}([<>=][^"]*)"', name, limit.partition(",")[0], where)
    versions.find("src/cli/**/host_build.cc", r'"pybind11(>=[\d.]+)"', "pybind11", *listed["pybind11"])
    formatter = listed["clang-format"][0].lstrip("=").partition(".")[0]
    versions.find("CONTRIBUTING.md", r"`?clang-format`? (\d+)", "clang-format", formatter, listed["clang-format"][1])


def main() -> int:
    versions = Versions()
    for check in (project, cmake, python, requirements):
        check(versions)
    for line in versions.differing:
        print(line)
    print(f"versions: {versions.count} compared, {len(versions.differing)} differ")
    return 1 if versions.differing else 0


if __name__ == "__main__":
    sys.exit(main())
