#!/usr/bin/env python3
"""Adds up JUnit files: prints `PASSED FAILED SKIPPED` of the files given."""

import sys
import xml.etree.ElementTree as ElementTree


def count(path: str) -> tuple:
    """The three counts of one file, from its test cases (the attributes of test suites differ between runners)."""
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            failed += 1
        elif case.find("skipped") is not None or case.get("status") in {"notrun", "disabled"}:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


if __name__ == "__main__":
    print(*(sum(column) for column in zip(*map(count, sys.argv[1:]))))
