#!/usr/bin/env python3
"""Reads JUnit files: `counts FILE...` prints PASSED FAILED SKIPPED, `slowest N FILE...` the tests that took longest."""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def cases(path: str):
    return ElementTree.parse(path).getroot().iter("testcase")


def counts(path: str) -> tuple:
    """The three counts of one file, from its test cases (the attributes of test suites differ between runners)."""
    passed = failed = skipped = 0
    for case in cases(path):
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            failed += 1
        elif case.find("skipped") is not None or case.get("status") in {"notrun", "disabled"}:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def name_of(case) -> str:
    """As its runner takes it: ctest gives a test the name of its class too, pytest the module."""
    name, group = case.get("name", ""), case.get("classname", "")
    return name if group == name or not group else f"{group.replace('.', '/')}.py::{name}"


def slowest(number: int, paths: list) -> list:
    """(seconds, section, name), the longest first; a section's file has its name."""
    times = [(float(case.get("time") or 0), Path(path).stem, name_of(case)) for path in paths for case in cases(path)]
    return sorted(times, reverse=True)[:number]


def main(wanted: str, *arguments: str):
    if wanted == "counts":
        print(*(sum(column) for column in zip(*map(counts, arguments))))
        return
    for seconds, section, name in slowest(int(arguments[0]), list(arguments[1:])):
        print(f"{seconds:7.1f} s  {section:<18} {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
