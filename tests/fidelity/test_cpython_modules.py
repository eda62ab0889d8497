"""Modules of CPython's own test suite give the same outcome, test for test, in a host as under plain `python`.

By default with one interpreter and without the slowest tests; PROVIDER_HOST_FIDELITY=full runs all of them, and
PROVIDER_HOST_FIDELITY_PYTHONS names the interpreters (docs/fidelity.md).
"""

import os
import warnings
from collections import Counter

import pytest
from interpreters import machine
from worlds import has_cpython_tests, in_both, pythons, version_of

FULL = os.environ.get("PROVIDER_HOST_FIDELITY") == "full"
pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(1800 if FULL else 900)]  # a host may have to be built

# What is run when there is little time. Tests of time-outs and under load take long and say little about hosts.
QUICK = {
    "test_json": {},
    "test_pickle": {},
    "test_dataclasses": {},
    "test_context": {},
    "test_sys": {},
    "test_atexit": {},
    "test_importlib": {},
    "test_logging": {"but_not": ["test_listen", "SocketHandlerTest", "test_issue_89047"]},
    "test_io": {"but_not": ["PyMiscIOTest", "PyIOTest", "PyBuffered", "PyTextIOWrapperTest", "PySignalsTest"]},
    "test_threading": {
        "only": ["ThreadTests", "ThreadJoin", "SubinterpThreading", "InterruptMain", "Exception", "Timer"]
    },
    "test_signal": {
        "but_not": ["StressTest", "test_keyboard_interrupt_exit_code", "test_itimer_virtual", "test_sigwait"]
    },
    "test_subprocess": {"but_not": [".ProcessTestCase", "test_communicate_"]},
    "test_asyncio": {
        "only": ["SubprocessPidfd", "test_unix_events", "CTask_CFuture_Tests", "test_runners", "test_streams"]
    },
    "test_multiprocessing_spawn": {
        "only": [
            "ProcessesTestProcess",
            "TestFlags",
            "TestStdin",
            "TestNoForkBomb",
            "TestCloseFds",
        ]
    },
}

# And of those, for the newest Python: where its versions differ most.
QUICK_FOR_NEWEST = ("test_json", "test_context", "test_sys", "test_atexit", "test_signal", "test_asyncio")

# And in a host that a template has forked: what a fork could change.
QUICK_IN_A_FORK = ("test_context", "test_atexit", "test_threading", "test_signal")

# Test ids that come out differently, with the reason why they have to; docs/fidelity.md tells them, too.
KNOWN = {}


@pytest.fixture(scope="module", params=pythons())
def python(request):
    if request.param == str(machine.NEWEST):
        machine.host_of_newest()
    if not has_cpython_tests(request.param):
        minor = version_of(request.param).rpartition(".")[0]
        pytest.skip(
            f"{request.param} has no package `test`; on Debian and Ubuntu: apt-get install libpython{minor}-testsuite"
        )
    return request.param


@pytest.mark.parametrize("module", QUICK)
def test_outcomes_are_the_same(python, module):
    if python == str(machine.NEWEST) and not FULL and module not in QUICK_FOR_NEWEST:
        pytest.skip("not run for the newest Python, unless PROVIDER_HOST_FIDELITY=full")
    compare(python, module)


@pytest.mark.parametrize("module", QUICK_IN_A_FORK)
def test_outcomes_are_the_same_in_a_forked_host(python, module):
    if python == str(machine.NEWEST) and not FULL:
        pytest.skip("not run for the newest Python, unless PROVIDER_HOST_FIDELITY=full")
    compare(python, module, "--preload")


def compare(python, module, *flags):
    plain, hosted = in_both(python, "cpython_tests.py", {"module": module, **selection(module)}, flags)
    print(row(python, module, plain, hosted))
    found = differences(plain, hosted)
    for _ in range(5):  # what really differs does so each time
        if not found:
            break
        again = differences(
            *in_both(python, "cpython_tests.py", {"module": module, "only": sorted(map(prefix, found))}, flags)
        )
        for name in sorted(set(found) - set(again)):
            warnings.warn(f"{module}: {name} differed, but not when run again: {found[name]}")
        found = again
    assert plain["run"] > 0
    assert {name: values for name, values in found.items() if name not in KNOWN} == {}


def selection(module):
    if FULL:
        return {"resources": ["cpu", "subprocess", "walltime"]}
    return QUICK[module]


def differences(plain, hosted):
    """Test id → what came of it in both worlds, where that is not the same; skipped for the same reason is."""
    plain, hosted = plain["outcomes"], hosted["outcomes"]
    both = {name: (plain.get(name, ["not run"]), hosted.get(name, ["not run"])) for name in {*plain, *hosted}}
    return {name: pair for name, pair in both.items() if comparable(pair[0]) != comparable(pair[1])}


def comparable(outcome):
    return outcome if outcome[0] == "skipped" else outcome[0]


def prefix(name):
    """What the ids begin with of the tests that `name` came from, which may be a subtest or the set-up of a class."""
    return name.partition("(")[2].rstrip(")") if name.startswith(("setUp", "tearDown")) else name.partition(" ")[0]


def row(python, module, plain, hosted):
    """A line of the table in docs/fidelity.md."""
    cells = []
    for world in (plain, hosted):
        counts = Counter(outcome[0] for outcome in world["outcomes"].values())
        failed = counts["failure"] + counts["error"] + counts["unexpected success"]
        cells.append(f"{world['run']} run, {failed} failed, {counts['skipped']} skipped")
    return f"| {version_of(python)} | {module} | {cells[0]} | {cells[1]} |"
