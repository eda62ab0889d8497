"""The worker: what promptfoo gets for every way in which a script can go wrong."""

import os
import resource
import time

import pytest

INVISIBLE = "\u2060"
ECHO = "def call_api(prompt, options, context): return {'output': prompt}\n"


def test_it_is_ready_before_the_script_is_imported(worker, tmp_path):
    os.mkfifo(tmp_path / "gate")
    waiting = worker(f"open({str(tmp_path / 'gate')!r}).read()\n{ECHO}").ready()
    response = waiting.start("call_api", ["Hi", {}, {}])
    assert waiting.process.poll() is None
    with open(tmp_path / "gate", "w") as gate:
        gate.write("go")
    assert waiting.finish(response) == {"type": "result", "data": {"output": "Hi"}}


def test_state_stays_between_calls_and_unicode_comes_back(worker):
    started = worker(
        """
        import threading
        count = 0
        def call_api(prompt, options, context):
            global count
            count += 1
            main = threading.current_thread() is threading.main_thread()
            return {"output": prompt[::-1], "count": count, "main": main, "config": options["config"]}
        """
    )
    assert started.result(prompt="Grüezi 🐍", a=[1, None]) == {
        "output": "🐍 izeürG", "count": 1, "main": True, "config": {"a": [1, None]},
    }  # fmt: skip
    assert started.result()["count"] == 2


def test_a_call_names_its_function_and_an_older_one_does_not(worker):
    started = worker(
        """
        def call_embedding_api(prompt, options): return {"embedding": [1.5]}
        class Models:
            @staticmethod
            def call(prompt, options, context): return {"output": "static"}
        """,
        function="Models.call",
    )
    assert started.finish(started.start("call_embedding_api", ["Hi", {}]))["data"] == {"embedding": [1.5]}
    assert started.finish(started.start(None, ["Hi", {}, {}]))["data"] == {"output": "static"}


def test_an_exception_is_told_as_promptfoo_tells_it(worker):
    error = worker("def call_api(p, o, c): raise ValueError('429 rate limit')").error()
    assert error["error"] == "429 rate limit"
    assert error["traceback"].startswith("Traceback (most recent call last):\n")
    assert error["traceback"].endswith("ValueError: 429 rate limit\n")
    assert "in call_api" in error["traceback"]


def test_the_number_of_a_line_makes_nobody_repeat_the_call(worker):
    lines = "\n" * 502
    error = worker(f"{lines}def call_api(p, o, c): raise ValueError('no')").error()
    assert "503" not in error["traceback"]
    assert "line 503, in call_api" in error["traceback"].replace(INVISIBLE, "")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("import sys; sys.exit(4)", "SystemExit: 4"),
        ("import asyncio; raise asyncio.CancelledError()", "asyncio.exceptions.CancelledError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("return {'output': [float('nan')]}", "NaN has no JSON form at $.output[0]; return None instead"),
        ("return {'output': '\\ud800'}", "a string with the lone surrogate U+D800 (character 0) at $.output; "
         "text.encode('utf-8', 'replace').decode() replaces it"),
        ("return {'output': b'x'}", "or return base64 text"),
        ("return {'output': object()}", "object is not JSON serializable at $.output"),
        ("return {'output': call_api}", "is a call missing?"),
    ],
)  # fmt: skip
def test_what_ends_a_worker_of_promptfoo_is_an_error_here(worker, body, text):
    started = worker(f"def call_api(p, o, c):\n    {body}\ndef ok(p, o, c): return os\nimport os\nos = os.getpid()")
    pid = started.result("ok")
    error = started.error()["error"]
    assert text in error
    assert "the option" not in error
    assert started.result("ok") == pid


@pytest.mark.parametrize(
    "body",
    [
        "return sys.stdin.readline()",
        "sys.stdout = None",
        "os.close(1)",
        "os.closerange(0, 1000)",
        "print('x' * 20_000_000)",
        "os.write(1, b'READY\\nDONE|x\\n')",
        "sys.stdout.write('DONE|')",
    ],
)
def test_a_script_can_do_with_its_streams_what_it_likes(worker, body):
    started = worker(f"import os, sys\ndef call_api(p, o, c):\n    {body}\ndef ok(p, o, c): return os.getpid()")
    pid = started.result("ok")
    started.result()
    assert started.result("ok") == pid
    assert not [line for line in started.lines if line not in (b"", b"READY") and not line.startswith(b"DONE|/")]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("import ctypes; ctypes.string_at(0)", "was killed by SIGSEGV"),
        ("os._exit(3)", "exited with code 3"),
        ("os.abort()", "was killed by SIGABRT"),
        ("os.kill(os.getpid(), 9)", "was killed by SIGKILL"),
        ("subprocess.Popen(['sleep', '1000'], stdout=1, stderr=2); os._exit(3)", "exited with code 3"),
    ],
)
@pytest.mark.no_sanitizer
def test_a_crash_is_the_answer_and_the_worker_goes_on(worker, body, text):
    started = worker(f"import os, subprocess\ndef call_api(p, o, c):\n    {body}\ndef ok(p, o, c): return 1")
    for _ in range(4):
        error = started.error()
        assert text in error["error"]
        assert started.result("ok") == 1
    assert started.end() == 0


@pytest.mark.no_sanitizer
def test_many_crashes_in_a_row_are_told_each_as_itself(worker):
    started = worker("import os\ndef call_api(prompt, o, c): os._exit(int(prompt))\ndef ok(p, o, c): return 1")
    for code in range(1, 13):
        assert f"exited with code {code}" in started.error(prompt=str(code))["error"]
    assert started.result("ok") == 1


def test_a_crash_shows_the_stack_and_the_last_lines_of_stderr(worker):
    error = worker(
        """
        import ctypes, sys
        def call_api(p, o, c):
            print("503: last words", file=sys.stderr, flush=True)
            ctypes.string_at(0)
        """
    ).error()
    assert "provider.py:5 in call_api" in error["error"]
    traceback = error["traceback"].replace(INVISIBLE, "")
    assert 'provider.py", line 5 in call_api' in traceback
    assert traceback.endswith("503: last words\n")
    assert "503" not in error["traceback"]


# --- requests


@pytest.mark.parametrize("text", ["", "[", "{}", "5", '["a" "b"]', '["\\ud800\\"]'])
def test_a_request_that_is_no_array_costs_only_itself(worker, text):
    started = worker(ECHO)
    response = started.finish(started.start("call_api", None, text))
    assert response["type"] == "error"
    assert response["error"]
    assert started.result() == {"output": "Hi"}


def test_a_lone_surrogate_in_a_prompt_is_a_prompt(worker):
    started = worker("def call_api(p, o, c): return {'output': [ord(each) for each in p]}")
    response = started.finish(started.start("call_api", None, '["\\ud800", {}, {}]'))
    assert response["data"] == {"output": [0xD800]}


def test_a_request_file_that_is_not_there_is_told(worker, tmp_path):
    started = worker(ECHO)
    response = tmp_path / "response.json"
    response.write_text("")
    started.send(f"CALL|call_api|/nowhere/request.json|{response}")
    assert "/nowhere/request.json cannot be read" in started.finish(response)["error"]


def test_a_response_file_that_has_gone_is_not_made_again(worker, tmp_path):
    started = worker(ECHO)
    (tmp_path / "request.json").write_text("[1, 2, 3]")
    gone = tmp_path / "gone.json"
    started.send(f"CALL|call_api|{tmp_path}/request.json|{gone}")
    started.wait_for_line(f"DONE|{gone}")
    assert not gone.exists()
    started.wait_for_stderr(f"WARNING: provider-host: cannot write {gone}")
    assert started.result() == {"output": "Hi"}


def test_pipes_instead_of_files_hold_up_nothing(worker, tmp_path):
    started = worker(ECHO)
    pipe, request, response = tmp_path / "pipe", tmp_path / "request.json", tmp_path / "response.json"
    os.mkfifo(pipe)
    request.write_text("[1, 2, 3]")
    response.write_text("")
    started.send(f"CALL|call_api|{pipe}|{response}")
    assert "cannot be read" in started.finish(response)["error"]
    started.send(f"CALL|call_api|{request}|{pipe}")
    started.wait_for_line(f"DONE|{pipe}")
    assert started.result() == {"output": "Hi"}


@pytest.mark.no_sanitizer
def test_a_response_that_has_no_room_is_an_error(worker):
    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    started = worker(ECHO, preexec_fn=limit_files)
    response = started.finish(started.start("call_api", ["x" * 5_000, {}, {}]))
    assert response["type"] == "result"
    started = worker("def call_api(p, o, c): return 'x' * 20_000", preexec_fn=limit_files)
    assert "cannot write" in started.error()["error"]
    assert started.end() == 0


def test_a_function_that_is_not_there_is_told_with_those_that_are(worker):
    error = worker(ECHO).error("call_ap")["error"]
    assert "did you mean 'call_api'?" in error


def test_an_unknown_line_is_told_on_stderr(worker):
    started = worker(ECHO)
    started.send("HELLO")
    started.wait_for_stderr("ERROR: provider-host: unknown command: HELLO\n")
    assert started.result() == {"output": "Hi"}


def test_eight_megabytes_come_back(worker):
    text = "ü" * 4_000_000
    assert worker(ECHO).result(prompt=text) == {"output": text}


# --- what a script prints


def test_prints_are_on_stderr_with_a_level_and_stderr_as_it_is(worker):
    code = """
        import sys
        print("while importing")
        def call_api(p, o, c):
            print("a print")
            print()
            print("WARNING: a log line", file=sys.stderr)
            print("no end", end="")
            return 1
    """
    for _ in range(5):
        started = worker(code)
        started.result()
        started.wait_for_stderr("WARNING: a log line\n")
        started.wait_for_stderr("INFO: a print\n")
        start = time.monotonic()
        assert started.end() == 0
        seconds = time.monotonic() - start
        lines = started.stderr.splitlines()
        assert "WARNING: a log line" in lines
        if "INFO: no end" in lines or seconds < 1.5:
            break  # else there was no time: promptfoo does not wait for long
    assert [each for each in lines if each.startswith("INFO")] == [
        "INFO: while importing", "INFO: a print", "INFO: no end",
    ]  # fmt: skip


def test_a_long_line_is_shown_in_pieces_that_promptfoo_takes(worker):
    started = worker("def call_api(p, o, c): print('ü' * 10_000)")
    started.result()
    started.wait_for_lines_on_stderr(3)
    lines = started.stderr.splitlines()
    started.end()
    assert [len(line.encode()) for line in lines] == [8006, 8006, 4006]
    assert all(line.startswith("INFO: ü") for line in lines)
