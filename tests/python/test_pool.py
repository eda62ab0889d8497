"""Calls that block."""

import asyncio
import contextlib
import datetime
import decimal
import os
import re
import subprocess
import sys
import threading

import pytest
from package_under_test import PROVIDERS, alive, wait_until_gone
from provider_host import ConfigError, FunctionNotFound, InvalidRequest, InvalidResponse, Pool, ShuttingDown


def test_call_api_passes_its_three_arguments(pool):
    result = pool.call_api("Hello", {"config": {"temperature": 0}}, {"vars": {"who": "you"}})
    assert result["output"] == "Hello"
    assert result["options"] == {"config": {"temperature": 0}}
    assert result["context"] == {"vars": {"who": "you"}}


def test_options_and_context_are_empty_objects_by_default(pool):
    result = pool.call_api("Hello")
    assert result["options"] == {} and result["context"] == {}


def test_the_siblings_have_two_arguments(pool):
    assert pool.call_embedding_api("four") == {"embedding": [4.0, 4.0, 4.0]}
    assert pool.call_classification_api("short") == {"classification": {"short": 1.0}}


def test_any_function_can_be_called_dotted_names_too(pool):
    assert pool.call("echo", 1, "two", [3.5, None, True], {"four": {}}) == [1, "two", [3.5, None, True], {"four": {}}]
    assert pool.call("Tools.add", 1, 2) == 3


def test_integers_keep_every_digit_both_ways(pool):
    number = 3**500
    assert pool.call("echo", number, -number) == [number, -number]


def test_text_of_every_plane_survives(pool):
    text = "".join(chr(point) for point in (*range(0xD800), *range(0xE000, 0x20000, 7), 0x10FFFF))
    assert pool.call("echo", text) == [text]


def test_arguments_may_be_what_results_may_be(pool):
    day = datetime.date(2026, 1, 2)
    assert pool.call("echo", day, decimal.Decimal("0.5"), {1, 1}, (1, 2)) == ["2026-01-02", 0.5, [1], [1, 2]]


def test_an_argument_without_a_json_form_is_refused_with_its_path(pool):
    with pytest.raises(InvalidRequest, match=r"\$\[0\]\.items\[1\]"):
        pool.call("echo", {"items": [1, float("nan")]})
    assert pool.call("echo", 1) == [1]


def test_half_a_surrogate_pair_reaches_the_script(pool):
    with Pool(PROVIDERS / "various.py", surrogates="replace") as replacing:
        assert pool.call("ascii_of", "a\ud800", {"k\udfff": 1}) == ["'a\\ud800'", "{'k\\udfff': 1}"]
        assert replacing.call("ascii_of", "a\ud800") == ["'a\ufffd'".encode("ascii", "backslashreplace").decode()]


def test_a_prompt_beyond_the_frame_limit_is_reported_as_an_argument():
    with Pool(PROVIDERS / "various.py", frame_limit="64K") as pool:
        with pytest.raises(InvalidRequest, match=r"the arguments cannot be sent: their text is larger than .* 65536"):
            pool.call_api("x" * 100_000)
        with pytest.raises(InvalidRequest, match=r"the arguments have \d+ bytes, too large for .* 65536"):
            pool.call_api("x" * 65_000)


def test_a_model_that_pydantic_completes_at_first_use_may_be_an_argument(pool):
    pydantic = pytest.importorskip("pydantic")

    class Inner(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(defer_build=True)
        a: int = 1

    class Outer(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(defer_build=True)
        i: Inner

    assert pool.call("echo", Outer.model_validate({"i": {"a": 2}}).i) == [{"a": 2}]


@pytest.mark.parametrize("odd", [BaseException, KeyboardInterrupt, SystemExit, RecursionError])
def test_an_argument_whose_code_fails_is_refused_whatever_it_raises(pool, odd):
    class Meta(type):
        def __getattribute__(cls, name):
            raise odd(name)

    class Hostile(metaclass=Meta):
        def __json__(self):
            raise odd("no")

    with pytest.raises(InvalidRequest, match="__json__"):
        pool.call("echo", Hostile())


def test_a_policy_of_the_pool_holds_for_arguments_and_results():
    with Pool(PROVIDERS / "various.py", nan="null", surrogates="replace", bytes="base64") as pool:
        assert pool.call("echo", float("inf"), "\ud800", b"abc") == [None, "\ufffd", "YWJj"]


def test_results_are_validated(pool):
    with pytest.raises(InvalidResponse, match="output"):
        raise pool.outcome("no_output", "x", {}, {}, api="call").error
    assert pool.outcome("no_output", "x", {}, {}).result == {"text": "x"}


def test_an_unknown_function_is_reported_with_those_that_exist(pool):
    with pytest.raises(FunctionNotFound, match="call_embedding_api"):
        pool.call("call_embeding_api", "x", {})


def test_an_outcome_says_where_and_how_long(pool):
    outcome = pool.outcome("echo", 1)
    assert outcome.ok and outcome.result == [1] and outcome.error is None
    assert outcome.host == 1 and alive(outcome.pid) and outcome.latency_ms > 0
    failed = pool.outcome("raises", "no")
    assert not failed.ok and failed.result is None and failed.error.type == "ValueError"
    assert failed.pid == outcome.pid


def test_prints_are_captured_when_asked_for():
    with Pool(PROVIDERS / "various.py", capture=True) as pool:
        outcome = pool.outcome("say", "hello")
        assert (outcome.stdout, outcome.stderr) == ("hello\n", "HELLO\n")


def test_many_threads_share_a_pool():
    results = {}

    def work(pool, number):
        results[number] = [pool.call("echo", number, i)[1] for i in range(50)]

    with Pool(PROVIDERS / "various.py", workers=2, concurrency=4) as pool:
        threads = [threading.Thread(target=work, args=(pool, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == {number: list(range(50)) for number in range(8)}


def test_the_gil_is_free_while_a_call_waits(pool, gate):
    results = []
    caller = threading.Thread(target=lambda: results.append(pool.call("wait_at", gate.path, "done")))
    caller.start()
    gate.open()  # would never happen if the call kept the GIL
    caller.join()
    assert results == ["done"]


def test_hosts_start_with_the_first_call_when_the_pool_was_not_entered():
    pool = Pool(PROVIDERS / "various.py")
    assert "not started" in repr(pool)
    assert pool.call("echo", 1) == [1]
    pid = pool.outcome("echo").pid
    pool.shutdown()
    assert not alive(pid)


def test_after_its_end_a_pool_says_so():
    with Pool(PROVIDERS / "various.py") as pool:
        pool.call("echo")
    with pytest.raises(Exception, match="closing|shut down|shutting"):
        pool.call("echo")
    never_started = Pool(PROVIDERS / "various.py")
    never_started.shutdown()
    with pytest.raises(RuntimeError, match="shut down"):
        never_started.call("echo")


def test_an_unreferenced_pool_ends_its_hosts():
    pool = Pool(PROVIDERS / "various.py")
    pid = pool.outcome("echo").pid
    del pool
    wait_until_gone(pid)


def test_inspection_lists_what_the_script_has(pool):
    report = pool.inspect()
    kinds = {function["name"]: function["kind"] for function in report["functions"]}
    assert kinds["call_api"] == "sync" and kinds["call_classification_api"] == "async"
    assert report["python_version"].startswith("3.") and report["import_ms"] > 0


def test_statistics_count(pool):
    for _ in range(3):
        pool.call("echo")
    assert pool.outcome("raises", "x").error.kind == "python_exception"
    stats = pool.stats()
    assert (stats["submitted"], stats["succeeded"], stats["errors_by_kind"]) == (4, 3, {"python_exception": 1})
    assert stats["hosts"][0]["state"] == "ready"
    assert pool.check_health(30)["hosts"][0]["health"]["gil_taken"]


@pytest.mark.parametrize(
    "options, error, text",
    [
        ({"worker": 2}, TypeError, "no option 'worker'"),
        ({"nan": "maybe"}, ConfigError, "nan must be one of error|null, not 'maybe'"),
        ({"max_queue": "many"}, ConfigError, "max_queue must be a whole number"),
        ({"max_queue": -1}, ConfigError, "max_queue must be a whole number"),
        ({"python": "/no/such/python"}, ConfigError, "/no/such/python"),
        ({"workers": 0}, ConfigError, "workers must be a whole number from 1"),
        ({"timeout": -1}, ConfigError, "timeout"),
    ],
)
def test_wrong_options_are_reported(options, error, text):
    with pytest.raises(error, match=re.escape(text)):
        Pool(PROVIDERS / "various.py", **options).start()


def test_limits_of_a_call_are_checked(pool):
    with pytest.raises(InvalidRequest, match="timeout"):
        pool.call("echo", timeout=-1)
    with pytest.raises(TypeError, match="no limit 'timeot'"):
        pool.call("echo", timeot=1)
    with pytest.raises(InvalidRequest, match="timeout must be a number of seconds"):
        pool.call("echo", timeout="soon")


def test_the_script_gets_the_packages_of_this_environment(pool):
    assert pool.inspect()["python"] == sys.executable


def test_hosts_do_not_outlive_a_program_that_ends_without_shutting_down():
    program = f"""
from provider_host import Pool
pool = Pool({str(PROVIDERS / "various.py")!r})
print(pool.outcome("echo").pid, flush=True)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert ended.returncode == 0, ended.stderr
    wait_until_gone(int(ended.stdout))
    assert ended.stderr == ""


def test_a_pool_can_be_closed_again_and_again():
    pool = Pool(PROVIDERS / "various.py")
    pool.close()  # was never started
    pool.close()
    with contextlib.closing(Pool(PROVIDERS / "various.py")) as pool:
        pid = pool.outcome("echo").pid
    pool.close()
    wait_until_gone(pid)
    with pytest.raises(ShuttingDown):
        pool.call("echo")


def test_a_closed_pool_refuses_calls_in_the_background_too():
    pool = Pool(PROVIDERS / "various.py")
    pool.call("echo", 1)
    pool.close()
    with pytest.raises(ShuttingDown):
        pool.submit("echo", 1).result(timeout=10)
    errors = list(pool.map(["a", "b", "c"], return_exceptions=True))
    assert [type(error) for error in errors] == [ShuttingDown] * 3

    async def awaited():
        return await asyncio.wait_for(pool.acall("echo", 1), timeout=10)

    with pytest.raises(ShuttingDown):
        asyncio.run(awaited())


def test_names_and_keys_that_are_no_unicode_text_are_refused(pool):
    with pytest.raises(InvalidRequest, match=r"the function's name is no Unicode text: '\\ud800'"):
        pool.call("\ud800")
    with pytest.raises(InvalidRequest, match=r"affinity is no Unicode text: 'a\\udcff'"):
        pool.call("echo", affinity="a\udcff")
