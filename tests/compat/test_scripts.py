"""Every script in providers/, on real hosts."""

import ast

import pytest

from .cases import CASES
from .stage import PROVIDERS

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(200), pytest.mark.xdist_group("heavy")]


def by_id(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.id)


def check(case, run):
    wrong = [(expected, outcome) for expected, outcome in run.calls if not outcome.meets(expected)]
    assert not wrong, f"{len(wrong)} calls, such as: {wrong[0][1]}\nexpected: {wrong[0][0]}\n{run.errors[-4000:]}"
    check_one_host(run)
    assert case.afterwards is None or case.afterwards(run.directory), (
        f"afterwards: {sorted(run.directory.iterdir())}\n{run}"
    )


def check_one_host(run):
    """No host was replaced, so no state was lost."""
    assert len({outcome.process for _, outcome in run.calls}) == 1, f"several hosts\n{run}"


@by_id(CASES)
def test_one_call_after_another(case, alone):
    check(case, alone)


@by_id([case for case in CASES if not case.one_at_a_time])
def test_several_calls_at_a_time(case, together):
    if case.together is None:
        return check(case, together)
    outcomes = [outcome for _, outcome in together.calls]
    assert all(outcome.ok for outcome in outcomes), str(together)
    assert case.together([outcome.output for outcome in outcomes]), str(together)
    check_one_host(together)


def test_there_are_many_and_each_says_what_it_shows():
    scripts = {case.script for case in CASES}
    assert len(scripts) >= 60
    for script in scripts:
        assert ast.get_docstring(ast.parse((PROVIDERS / script).read_bytes())), f"{script} does not say what it shows"


def test_names_of_cases_differ():
    names = [case.id for case in CASES]
    assert len(names) == len(set(names))
