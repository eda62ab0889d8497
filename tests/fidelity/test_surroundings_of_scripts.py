"""A script finds around it what it would find under plain `python`. What differs is listed here, and for people in
docs/fidelity.md."""

import pytest
from interpreters import machine
from worlds import in_both, pythons

# The sanitizer's runtime adds threads, limits and handlers of its own. The newest Python's host may have to be built.
pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(900)]

# What differs, with the reason why it has to.
KNOWN = {
    "__name__": "the contract: a script is imported, its `if __name__ == '__main__'` must not run",
    "stdout is buffered by line": "prints reach the log when they are made, also those before a crash",
    "faulthandler": "a crash is reported with the Python stack where it happened",
    "handler of signal 60": "interrupts the code of a call that is cancelled or timed out",
    "handler of signal 61": "asks for the stacks of a call that timed out",
    "descriptors": "the channels to the pool",
    "kernel threads": "the control thread, which answers while the script is busy",
    "running program": "the host is a program of its own that embeds libpython",
    "/proc/self/cmdline": "as above",
    "/proc/self/comm": "as above",
}


@pytest.fixture(scope="module", params=pythons())
def facts(request):
    if request.param == str(machine.NEWEST):
        machine.host_of_newest()
    return in_both(request.param, "surroundings.py")


@pytest.mark.needs_linux("signals for the host that no script uses")
def test_only_what_is_known_to_differ_differs(facts):
    plain, hosted = facts
    assert plain.keys() == hosted.keys()
    differences = {name: (plain[name], hosted[name]) for name in plain if plain[name] != hosted[name]}
    assert {name: values for name, values in differences.items() if name not in KNOWN} == {}
    assert sorted(set(KNOWN) - set(differences)) == [], "no difference any more: take it off the list"


@pytest.mark.needs_linux("a descriptor of the pool's process")
def test_the_channels_to_the_pool_and_its_process_are_the_only_other_descriptors_and_out_of_the_way(facts):
    plain, hosted = facts
    others = set(hosted["descriptors"]) - set(plain["descriptors"])
    assert len(others) == 4
    assert min(others) >= 1000
    assert set(plain["descriptors"]) <= set(hosted["descriptors"])


def test_fork_warns_of_no_thread_that_the_script_has_not_started(facts):
    plain, hosted = facts
    assert hosted["warnings of fork"] == plain["warnings of fork"] == []
    assert hosted["threads of a forked child"] == "1"


def test_no_module_is_imported_before_the_script_that_python_has_not_imported(facts):
    plain, hosted = facts
    assert set(hosted["modules at start"]) - set(plain["modules at start"]) == set()
