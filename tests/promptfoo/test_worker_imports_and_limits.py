"""promptfoo's worker: scripts that cannot be imported, and calls that take too long."""

import os

import pytest

ECHO = "def call_api(prompt, options, context): return {'output': prompt}\n"


# --- imports


@pytest.mark.parametrize(
    ("code", "text", "last_line"),
    [
        ("raise RuntimeError('no key')", "provider.py raised RuntimeError while being imported: no key",
         "RuntimeError: no key\n"),
        ("import nowhere_at_all", "nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'\n"),
        ("def f(:", "provider.py:1: ", "SyntaxError: invalid syntax\n"),
        ("import sys; sys.exit(3)", "provider.py called sys.exit(3) while being imported", "SystemExit: 3\n"),
    ],
)  # fmt: skip
def test_an_import_that_fails_is_the_error_of_each_call(worker, code, text, last_line):
    started = worker(code).ready()
    for _ in range(3):
        error = started.error()
        assert text in error["error"]
        assert error["traceback"].endswith(last_line)
    assert started.end() == 0


def test_a_repaired_script_is_picked_up_at_once(worker, script):
    started = worker("raise RuntimeError('not yet')").ready()
    assert "not yet" in started.error()["error"]
    script("raise RuntimeError('nor now')")
    assert "nor now" in started.error()["error"]
    script(ECHO)
    assert started.result() == {"output": "Hi"}


def test_a_script_that_is_not_there_may_come_later(worker, tmp_path, script):
    started = worker(tmp_path / "provider.py").ready()
    assert "provider.py" in started.error()["error"]
    script(ECHO)
    assert started.result() == {"output": "Hi"}


@pytest.mark.no_sanitizer
def test_a_script_that_broke_while_its_host_crashed_can_be_repaired(worker, script):
    started = worker("import os\ndef call_api(p, o, c): os._exit(3)\ndef ok(p, o, c): return 1")
    started.result("ok")
    script("raise RuntimeError('broken')")
    assert "exited with code 3" in started.error()["error"]
    assert "broken" in started.error()["error"]
    script(ECHO)
    assert started.result() == {"output": "Hi"}


@pytest.mark.no_sanitizer
def test_a_crash_during_the_import_is_told(worker):
    error = worker("import ctypes; ctypes.string_at(0)").ready().error()
    assert "was killed by SIGSEGV" in error["error"]
    assert "while importing" in error["error"]
    assert 'provider.py", line 1 in <module>' in error["traceback"]


def test_an_import_that_takes_longer_than_a_call_may_is_told(worker):
    started = worker("import time; time.sleep(1000)").ready()
    while True:
        error = started.error(timeout=500)
        assert "promptfoo itself gives up after 0.5 s" in error["error"]
        if "provider.py:1 in <module>" in error["error"]:
            break  # before, the host or Python itself has just been started
    assert "the script has been importing for" in error["error"]
    assert ", it was at provider.py:1 in <module>" in error["error"]
    assert 'provider.py", line 1 in <module>' in error["traceback"]
    assert started.end() == 0


# --- time limits


def test_a_call_that_takes_too_long_is_told_before_promptfoo_gives_up(worker):
    started = worker(
        """
        import time
        def call_api(p, o, c): time.sleep(1000)
        def ok(p, o, c): return 1
        """
    )
    started.result("ok")
    for limit in (1, 5, 20):  # seconds, within which the code has to have come to its sleep
        error = started.error(timeout=1000 * limit)
        assert f"promptfoo itself gives up after {limit} s" in error["error"]
        if "provider.py:3 in call_api" in error["error"]:
            break
    assert "provider.py:3 in call_api" in error["error"]
    assert "timeout" not in str(error).lower()
    assert 'provider.py", line 3 in call_api' in error["traceback"]
    assert [started.result("ok", timeout=30_000) for _ in range(3)] == [1, 1, 1]


@pytest.mark.no_sanitizer
def test_code_that_does_not_end_is_left_behind(worker):
    started = worker(
        """
        import time
        def call_api(p, o, c):
            while True:
                try: time.sleep(1000)
                except BaseException: pass
        def ok(p, o, c): return 1
        """
    )
    started.result("ok")
    assert "promptfoo itself gives up" in started.error(timeout=500)["error"]
    assert started.result("ok", timeout=30_000) == 1


def test_the_limit_may_come_from_the_environment(worker):
    started = worker("import time\ndef call_api(p, o, c): time.sleep(1000)", REQUEST_TIMEOUT_MS="800")
    assert "promptfoo itself gives up after 0.8 s" in started.error()["error"]


def test_a_call_that_promptfoo_gave_up_does_not_hold_up_the_next(worker, tmp_path):
    started = worker(
        """
        def call_api(p, o, c): return open(p).read()
        def ok(p, o, c): return 1
        """
    )
    os.mkfifo(tmp_path / "never")
    first = started.start("call_api", [str(tmp_path / "never"), {"config": {"timeout": 1000}}, {}])
    second = started.start("ok", ["Hi", {}, {}])
    assert started.finish(second)["data"] == 1
    assert started.finish(first)["type"] == "error"
