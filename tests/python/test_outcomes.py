"""`Pool.outcomes`: as `Pool.map`, but each call yields how it has ended."""

import signal

import pytest
from package_under_test import PROVIDERS
from provider_host import HostCrashed, ImportFailed, InvalidRequest, Outcome, Pool, PythonException, Timeout


def none(pool, prompts, function, **more):
    return pool.outcomes(prompts, api="none", function=function, **more)


def test_each_call_yields_its_outcome_in_order():
    with Pool(PROVIDERS / "various.py", workers=2) as pool:
        outcomes = list(none(pool, range(2000), "echo"))
    assert [outcome.result for outcome in outcomes] == [[number] for number in range(2000)]
    assert all(isinstance(outcome, Outcome) and outcome.ok and outcome.error is None for outcome in outcomes)
    assert {outcome.host for outcome in outcomes} <= {1, 2}
    assert all(outcome.pid > 0 and outcome.latency_ms > 0 for outcome in outcomes)


def test_errors_stand_in_their_outcomes(pool):
    failed = list(none(pool, ["a", "b"], "raises"))
    assert [(outcome.ok, outcome.result, outcome.error.message) for outcome in failed] == [
        (False, None, "a"),
        (False, None, "b"),
    ]
    assert all(isinstance(outcome.error, PythonException) for outcome in failed)


def test_a_prompt_without_a_json_form_costs_its_own_call_alone(pool):
    first, second, third = none(pool, [1, object(), 3], "echo")
    assert (first.result, third.result) == ([1], [3])
    assert isinstance(second.error, InvalidRequest)
    assert (second.host, second.pid) == (0, 0)


def test_a_crash_and_a_timeout_are_outcomes(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\n"
        "def act(what):\n"
        "    if what == 'die': os.kill(os.getpid(), 9)\n"
        "    if what == 'sleep': time.sleep(3600)\n"
        "    return what\n"
    )
    with Pool(script) as pool:
        crash, well = none(pool, ["die", "well"], "act", in_flight=1)
        (slow,) = none(pool, ["sleep"], "act", timeout=0.05)
    assert isinstance(crash.error, HostCrashed)
    assert crash.error.signal == signal.SIGKILL
    assert crash.pid > 0
    assert well.result == "well"
    assert isinstance(slow.error, Timeout)


def test_what_a_call_prints_is_in_its_outcome():
    with Pool(PROVIDERS / "various.py", capture=True) as pool:
        (outcome,) = pool.outcomes(["me"])
    assert outcome.stdout == "called with me\n"
    assert outcome.stderr == ""


def test_arguments_are_those_of_a_map(pool):
    with pytest.raises(TypeError, match="letter by letter"):
        pool.outcomes("text")
    with pytest.raises(ValueError, match="in_flight"):
        pool.outcomes(["text"], in_flight=0)
    with pytest.raises(TypeError, match="return_exceptions"):
        list(pool.outcomes(["text"], return_exceptions=True))
    (outcome,) = pool.outcomes(["text"], {"a": 1}, {"b": 2}, affinity=lambda prompt: "key")
    assert (outcome.result["options"], outcome.result["context"]) == ({"a": 1}, {"b": 2})


def test_a_pool_that_cannot_start_raises(tmp_path):
    with pytest.raises(ImportFailed):
        list(Pool(tmp_path / "missing.py").outcomes(["x"]))


@pytest.mark.parametrize("in_flight", [1, 3])
def test_an_explicit_number_in_flight_is_exact(pool, in_flight):
    taken = 0

    def prompts():
        nonlocal taken
        for taken in range(1, 201):  # noqa: B007
            yield taken

    for yielded, _ in enumerate(none(pool, prompts(), "echo", in_flight=in_flight)):
        assert taken <= yielded + in_flight
    assert taken == 200


def test_leaving_early_cancels_what_is_queued(pool):
    outcomes = none(pool, range(1000), "echo", in_flight=50)
    assert next(outcomes).result == [0]
    outcomes.close()
    assert pool.call("echo", 1) == [1]
    stats = pool.stats()
    assert stats["queued"] == 0
    assert set(stats["errors_by_kind"]) <= {"cancelled"}


def test_failed_outcomes_are_counted_by_the_progress(pool, capsys):
    kept = list(none(pool, ["a", "b"], "raises", progress=True))
    assert [outcome.ok for outcome in kept] == [False, False]
    assert "2 failed" in capsys.readouterr().err
