"""Exceptions."""

import copy
import pickle
import signal
import time
import traceback

import provider_host
import pytest
from package_under_test import PROVIDERS, growing_limits
from provider_host import (
    HostCrashed,
    ImportFailed,
    Pool,
    PoolUnavailable,
    ProviderError,
    PythonException,
    QueueFull,
    ShuttingDown,
    Timeout,
)

KINDS = """python_exception function_not_found invalid_request invalid_response import_failed timeout cancelled
host_crashed collateral quarantined pool_unavailable queue_full shutting_down protocol_error""".split()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_class_named_like_it(kind):
    cls = getattr(provider_host, "".join(word.title() for word in kind.split("_")))
    assert issubclass(cls, ProviderError) and cls.kind == kind


def test_an_exception_of_the_script_comes_with_its_traceback_as_the_cause(pool):
    with pytest.raises(PythonException) as caught:
        pool.call("raises", "no good")
    error = caught.value
    assert error.type == "ValueError" and "no good" in str(error) and "various.py" in error.traceback
    shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert "raise ValueError(message)" in shown and "direct cause" in shown


def test_an_exception_without_a_free_descriptor_still_says_what_it_is(pool):
    with pytest.raises(PythonException, match="Too many open files") as caught:
        pool.call("use_up_descriptors")
    assert caught.value.type == "OSError"


def test_a_timeout_is_also_a_timeout_error_and_says_where_the_code_was(pool):
    for limit in growing_limits(0.1):
        with pytest.raises(TimeoutError) as caught:
            pool.call("sleep", timeout=limit)
        error = caught.value
        assert isinstance(error, Timeout) and error.phase == "running" and error.ran_s >= limit
        if "in sleep" in str(error.__cause__):
            break
    assert pool.call("echo", 1) == [1]


def test_a_crash_says_how_and_the_next_call_works(pool):
    with pytest.raises(HostCrashed) as caught:
        pool.call("die")
    assert caught.value.signal == signal.SIGSEGV and "in die" in caught.value.stack
    assert pool.call("echo", 1) == [1]


def test_an_import_error_is_raised_at_the_start():
    with pytest.raises(ImportFailed, match="no model here") as caught:
        with Pool(PROVIDERS / "broken.py"):
            pass
    assert caught.value.type == "RuntimeError" and "broken.py" in str(caught.value.__cause__)


def test_a_missing_script_is_an_import_error():
    with pytest.raises(ImportFailed, match="there is no provider script"):
        Pool("/no/such/provider.py").start()


def test_a_full_queue_is_reported_with_its_limit(gate):
    with Pool(PROVIDERS / "various.py", max_queue=1) as pool:
        running = pool.submit("wait_at", gate.path)
        while pool.stats()["queued"] > 0:  # until the host has it
            time.sleep(0)
        queued = pool.submit("echo", 1)
        with pytest.raises(QueueFull) as caught:
            pool.submit("echo", 2).result()
        assert caught.value.limit == 1
        gate.open()
        assert running.result() is None and queued.result() == [1]


def test_calls_that_a_shutdown_leaves_are_reported():
    pool = Pool(PROVIDERS / "various.py").start()
    running = pool.submit("sleep")
    pool.shutdown(0)
    with pytest.raises(ShuttingDown):
        running.result()


def test_errors_can_be_pickled(pool):
    with pytest.raises(PythonException) as caught:
        pool.call("raises", "no good")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is PythonException and copy.to_dict() == caught.value.to_dict()
    assert "various.py" in str(copy.__cause__)


class Refined(Timeout):
    """A subclass of the user's, with a constructor of its own."""

    def __init__(self, question):
        super().__init__(f"no answer to {question}", phase="running", stack="in sleep")
        self.question = question


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_copy_has_the_class_the_notes_and_the_attributes_of_its_original(duplicate):
    original = Refined("life")
    original.__notes__ = ["while we waited"]
    twin = duplicate(original)
    assert type(twin) is Refined and twin.question == "life" and twin.__notes__ == ["while we waited"]
    assert str(twin) == str(original) and twin.args == original.args and twin.to_dict() == original.to_dict()
    assert "in sleep" in str(twin.__cause__)


def test_a_script_that_cannot_be_imported_any_more_makes_the_pool_unavailable(tmp_path):
    script = tmp_path / "provider.py"
    script.write_text("import os\ndef call_api(p, o, c): os._exit(3)\n")
    with Pool(script) as pool:
        script.write_text("raise RuntimeError('broken meanwhile')")
        with pytest.raises(HostCrashed) as crashed:
            pool.call_api("x")
        assert crashed.value.exit_code == 3
        with pytest.raises((PoolUnavailable, ImportFailed), match="broken meanwhile"):
            pool.call_api("x")
        script.write_text("def call_api(p, o, c): return {'output': 'repaired'}")


def test_a_pool_that_does_not_wait_tells_each_call_why_the_import_failed(tmp_path):
    script = tmp_path / "provider.py"
    script.write_text("import no_such_module\n")
    with Pool(script, wait_for_start=False) as pool:
        for _ in range(2):
            with pytest.raises(ImportFailed, match="no_such_module") as caught:
                pool.call_api("x")
            assert "Traceback (most recent call last)" in caught.value.traceback
        script.write_text("def call_api(prompt, options, context):\n    return {'output': prompt}\n")
        assert _until_it_works(pool)["output"] == "x"


def _until_it_works(pool):
    while True:
        try:
            return pool.call_api("x")
        except ImportFailed as failed:
            time.sleep(failed.retry_after or 0)
