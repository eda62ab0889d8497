"""Every script once more in promptfoo's own worker; where the results differ, docs/compatibility.md says so and why."""

import re
import sys

import pytest

from .cases import CASES
from .real_host import ROOT

pytestmark = [
    pytest.mark.no_sanitizer,
    pytest.mark.timeout(200),
    pytest.mark.xdist_group("heavy"),
    pytest.mark.skipif(sys.version_info < (3, 10), reason="the table is that of newer Pythons and their packages"),
]
DOCUMENT = ROOT / "docs" / "compatibility.md"
ROW = re.compile(r"^\| `([\w/.]+)`(?: \((\w+)\))? \|(.*)\|(.*)\|(.*)\|$", re.MULTILINE)


def documented():
    """Id of the case → what stands in `code` about promptfoo's worker, and about here."""
    section = DOCUMENT.read_text(encoding="utf-8").partition("\n## Where results differ")[2].partition("\n## ")[0]
    rows = {}
    for script, name, there, here, reason in ROW.findall(section):
        assert reason.strip(), f"{script} differs without a reason"
        [case] = [case for case in CASES if case.script == script and case.name in (name, "" if not name else None)]
        rows[case.id] = [re.findall(r"`([^`]+)`", text) for text in (there, here)]
    return rows


ROWS = documented()


def same(here, there):
    """Whether both gave the same result, or both an error of the script's own."""
    if here.ok or there.ok:
        return here.ok and there.ok and here.result == there.result
    return (here.kind, there.kind) in {
        ("python_exception", "error"),
        ("function_not_found", "error"),
        ("import_failed", "not_ready"),
    }


def mentions(outcomes, texts):
    told = " ".join(map(str, outcomes))
    return all(text in told for text in texts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_results_are_those_of_promptfoo_or_the_difference_is_documented(case, alone, there):
    outcomes = [outcome for _, outcome in alone.calls]
    told = "\n".join(f"here: {here}\nthere: {other}" for here, other in zip(outcomes, there))
    differs = not all(same(here, other) for here, other in zip(outcomes, there))
    assert differs == (case.id in ROWS), f"differs: {differs}, in {DOCUMENT.name}: {case.id in ROWS}\n{told}"
    if differs:
        said_there, said_here = ROWS[case.id]
        assert said_there and mentions(there, said_there), f"{DOCUMENT.name} says {said_there}\n{told}"
        works = said_here or all(outcome.ok for outcome in outcomes)
        assert works and mentions(outcomes, said_here), f"{DOCUMENT.name} says {said_here or 'it works'}\n{told}"


def test_scripts_that_want_one_call_at_a_time_are_documented():
    section = DOCUMENT.read_text(encoding="utf-8").partition("\n## One call at a time")[2].partition("\n## ")[0]
    rows = {script: reason for script, reason in re.findall(r"^\| `([\w/.]+)` \| (.*) \|$", section, re.MULTILINE)}
    assert rows == {case.script: case.one_at_a_time for case in CASES if case.one_at_a_time}
