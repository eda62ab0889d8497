"""Runs one module of CPython's own test suite: as a function of a host, or as the main program of a plain `python`.

$FIDELITY_WANTED is an object with `module` and, optionally, `resources` (of CPython's test.support), `only` and
`but_not`, lists of parts of test ids. A plain run writes what `run` returns to the file $FIDELITY_REPORT.
"""

import importlib
import json
import os
import unittest


class Outcomes(unittest.TestResult):
    """`of`: test id → [outcome, reason]. Of several tests with one id, the first that did not pass counts."""

    def __init__(self):
        super().__init__()
        self.of = {}

    def _note(self, test, outcome, reason=""):
        if self.of.get(test.id(), ["passed"])[0] == "passed":
            self.of[test.id()] = [outcome, reason]

    def addSuccess(self, test):
        self._note(test, "passed")

    def addFailure(self, test, error):
        self._note(test, "failure", self._exc_info_to_string(error, test))

    def addError(self, test, error):
        self._note(test, "error", self._exc_info_to_string(error, test))

    def addSubTest(self, test, subtest, error):
        if error is not None:
            (self.addFailure if issubclass(error[0], test.failureException) else self.addError)(subtest, error)

    def addSkip(self, test, reason):
        self._note(test, "skipped", reason)

    def addExpectedFailure(self, test, error):
        self._note(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self._note(test, "unexpected success")


def import_tests(name):
    try:
        return importlib.import_module("test." + name)
    except ModuleNotFoundError:
        if name != "test_multiprocessing_spawn":
            raise
        return importlib.import_module("spawn_tests")


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.BaseTestSuite):
            yield from tests_of(test)
        else:
            yield test


def names_one(test, parts):
    return any(part in test.id() for part in parts)


def run():
    wanted = json.loads(os.environ["FIDELITY_WANTED"])
    from test import support

    support.use_resources = wanted.get("resources", [])
    support.verbose = 0
    found = unittest.defaultTestLoader.loadTestsFromModule(import_tests(wanted["module"]))
    only, but_not = wanted.get("only", [""]), wanted.get("but_not", [])
    chosen = [test for test in tests_of(found) if names_one(test, only) and not names_one(test, but_not)]
    outcomes = Outcomes()
    unittest.TestSuite(chosen).run(outcomes)
    return {"run": outcomes.testsRun, "outcomes": outcomes.of}


if __name__ == "__main__":
    report = run()
    with open(os.environ["FIDELITY_REPORT"], "w") as file:
        json.dump(report, file)
