"""`provider-host pipe`: calls of another program and their responses."""

import sys

import pytest
from conftest import provider, with_a_limit

ECHO = provider("echo.py")
GATE = provider("gate.py")


def kind_of(response):
    assert response["type"] == "error", response
    return response["error"]["kind"]


def test_a_call_gets_its_result_behind_ready(pipe):
    client = pipe(ECHO)
    response = client.call("Grüezi 🐍", {"a": 1}, {})
    result = response.pop("result")
    assert (result["output"], result["options"]) == ("Grüezi 🐍", {"a": 1})
    assert response.pop("latency_ms") > 0
    assert response == {"type": "result", "id": 1}
    assert client.end() == 0
    ready, _ = client.messages
    import_ms, version, executable = (ready.pop(key) for key in ("import_ms", "version", "executable"))
    assert import_ms > 0 and version.startswith("0.") and executable.startswith("/")
    assert ready.pop("python").startswith("3.")
    assert ready == {"type": "ready", "protocol": 1}
    assert client.stderr == ""


def test_a_pipe_without_calls_says_ready_and_ends(pipe):
    client = pipe(ECHO)
    assert client.end() == 0
    assert [message["type"] for message in client.messages] == ["ready"]


def test_a_thousand_calls_of_several_hosts_and_threads_get_one_response_each(pipe):
    client = pipe(ECHO, "--workers", 2, "--concurrency", 8)
    ids = [client.ask(f"p{number}") for number in range(1000)]
    assert client.end() == 0
    results = {message["id"]: message["result"]["output"] for message in client.of_type("result")}
    assert results == {number: f"p{number - 1}" for number in ids}
    assert len(client.messages) == 1001


def test_responses_come_as_calls_end(pipe, gate):
    client = pipe(GATE, "--concurrency", 2, environment=gate.environment)
    slow, quick = client.ask("wait"), client.ask("quick")
    client.response(quick)
    assert client.responses(slow) == []
    gate.open("wait")
    assert client.response(slow)["result"] == {"output": "wait"}


def test_calls_may_name_function_and_api(pipe):
    client = pipe(ECHO)
    assert client.call(1, 2, function="add", api="none")["result"] == 3
    assert client.call("a", {}, {}, function="shout")["result"] == {"output": "A"}
    assert client.call("abc", {}, api="embedding")["result"]["embedding"] == [3, 0.5]
    assert client.call("a", {}, function="call_embedding_api")["result"]["embedding"] == [1, 0.5]
    assert client.call("a", {}, api="classification")["result"] == {"classification": {"a": 1.0}}
    assert client.call("Ada", {}, {}, function="Polite.greet")["result"] == {"output": "Good day, Ada"}
    assert kind_of(client.call("a", {}, {}, function="nope")) == "function_not_found"


def test_the_command_line_names_the_function_of_calls_that_name_none(pipe):
    client = pipe(ECHO + ":shout")
    assert client.call("a", {}, {})["result"] == {"output": "A"}
    assert client.call("a", {}, {}, function="call_api")["result"]["output"] == "a"


def test_values_keep_their_digits_and_escapes(pipe):
    client = pipe(ECHO)
    args = b'[123456789012345678901234567890, 1e5, "\\u00e9", {"k": [ ]}]'
    client.send(b'{"args": ' + args + b', "api":"none","function" : "same","id":1, "type":"call"}')
    assert client.response(1)["result"] == [123456789012345678901234567890, 1e5, "é", {"k": []}]


def test_a_large_prompt_comes_back(pipe):
    client = pipe(ECHO)
    prompt = "ü" * (5 << 20)
    assert client.call(prompt, {}, {})["result"]["output"] == prompt


def test_an_id_may_be_used_again_once_its_call_has_a_response(pipe):
    client = pipe(ECHO)
    for _ in range(200):
        client.messages.clear()
        client.send({"type": "call", "id": 9007199254740991, "args": ["a", {}, {}]})
        assert client.response(9007199254740991)["type"] == "result"


# --- cancelling


def test_a_queued_call_can_be_cancelled(pipe, gate):
    client = pipe(GATE, environment=gate.environment)
    running, queued = client.ask("wait"), client.ask("queued")
    gate.wait_for("wait")
    client.cancel(queued)
    assert kind_of(client.response(queued)) == "cancelled"
    gate.open("wait")
    assert client.response(running)["type"] == "result"
    assert client.end() == 0
    assert gate.begun == ["wait"]


def test_a_running_call_can_be_cancelled(pipe, gate):
    client = pipe(GATE, environment=gate.environment)
    running = client.ask("wait")
    gate.wait_for("wait")
    client.cancel(running)
    assert kind_of(client.response(running)) == "cancelled"
    assert client.call("next", {}, {})["result"] == {"output": "next"}


def test_cancelling_what_is_not_there_changes_nothing(pipe):
    client = pipe(ECHO)
    done = client.ask("a")
    client.response(done)
    client.cancel(done)
    client.cancel(4711)
    assert client.call("b", {}, {})["type"] == "result"
    assert client.end() == 0
    assert len(client.messages) == 3


# --- limits, keys, inspection


def test_a_call_may_have_a_timeout_of_its_own(pipe, gate):
    client = pipe(GATE, environment=gate.environment)
    _, error = with_a_limit(
        lambda limit: client.call("wait", {}, {}, timeout=limit)["error"],
        lambda error: "gate.py" in error.get("stack", ""),
        [0.05, 1, 5],
    )
    assert (error["kind"], error["phase"]) == ("timeout", "running")
    assert "gate.py" in error["stack"]


def test_a_deadline_passes_in_the_queue_too(pipe, gate):
    client = pipe(GATE, environment=gate.environment)
    client.ask("wait")
    gate.wait_for("wait")
    error = client.call("late", {}, {}, deadline=0.05)["error"]
    assert (error["kind"], error["phase"]) == ("timeout", "queued")


@pytest.fixture
def crashing(host):
    """A script that ends its host when the prompt is "crash"."""
    return host.write(
        "crashing.py",
        "import os",
        "def call_api(prompt, options, context):",
        "    if prompt == 'crash': os.abort()",
        "    return {'output': os.getpid()}",
    )


def test_responses_with_details_say_how_their_calls_went(pipe, crashing):
    client = pipe(crashing)
    assert list(client.call("a", {}, {})) == ["type", "id", "result", "latency_ms"]
    result = client.call("a", {}, {}, details=True)
    assert list(result) == ["type", "id", "result", "latency_ms", "host", "pid"]
    assert (result["host"], result["pid"]) == (1, result["result"]["output"])
    error = client.call("crash", {}, {}, details=True)
    assert list(error) == ["type", "id", "error", "latency_ms", "host", "pid"]
    assert (error["error"]["kind"], error["host"], error["pid"]) == ("host_crashed", 1, result["pid"])
    refused = client.call("a", details=True)
    assert (refused["error"]["kind"], refused["host"], refused["pid"]) == ("invalid_request", 0, 0)


def test_a_call_may_have_retries_and_an_input_of_its_own(pipe, crashing):
    client = pipe(crashing, "--quarantine-after", 2, "--retry-backoff", 0)
    assert client.call("crash", {}, {}, retries=1, input=7)["error"]["crashes"] == 2
    assert client.call("a", {}, {}, input=7)["error"]["kind"] == "quarantined"
    assert client.call("a", {}, {}, input=2**64 - 1)["type"] == "result"


def test_calls_of_one_affinity_share_a_host(pipe):
    client = pipe(provider("chat.py"), "--workers", 2)
    sessions = ["a", "b", "c"]
    ids = {}
    for turn in ("1", "2", "3"):
        for session in sessions:
            ids[session] = client.start(turn, {}, {"vars": {"session": session}}, affinity=session)
    for session in sessions:
        assert client.response(ids[session])["result"]["output"] == "1 2 3"


def test_an_inspection_describes_the_script(pipe):
    client = pipe(ECHO)
    client.send({"type": "inspect", "id": 5})
    report = client.response(5)["result"]
    assert report["script"] == ECHO
    add = {"name": "add", "kind": "sync", "streams": False, "signature": "(*numbers)", "faults": []}
    assert add in report["functions"]
    assert {"files", "suggestions", "tasks", "import_ms", "python", "executable"} < set(report)


def test_an_inspection_that_waits_does_not_keep_others_waiting(pipe, gate):
    client = pipe(GATE, environment=gate.environment)
    running = client.ask("wait")
    gate.wait_for("wait")
    for number in (11, 12):
        client.send({"type": "inspect", "id": number})
    client.cancel(11)
    client.cancel(12)
    assert kind_of(client.response(11)) == "cancelled"
    assert kind_of(client.response(12)) == "cancelled"
    client.cancel(running)
    client.response(running)
    assert client.end() == 0


# --- what goes wrong in scripts


def test_a_crash_costs_one_call(pipe, gate):
    client = pipe(provider("crashing.py"), environment=gate.environment)
    assert kind_of(client.call("9", {}, {})) == "host_crashed"
    assert client.call("0", {}, {})["result"] == {"output": 1}
    assert client.end() == 0


def test_an_exception_has_its_traceback(pipe, host):
    script = host.write("raises.py", "def call_api(prompt, options, context):", "    raise ValueError('no')")
    error = pipe(script).call("a", {}, {})["error"]
    assert (error["kind"], error["type"]) == ("python_exception", "ValueError")
    assert "raises.py" in error["traceback"]


def test_what_a_script_prints_goes_to_stderr(pipe, host):
    script = host.write(
        "prints.py", "def call_api(prompt, options, context):", "    print(prompt)", "    return {'output': 1}"
    )
    client = pipe(script)
    client.call("hello there", {}, {})
    assert client.end() == 0
    assert client.stderr == "[host 1] hello there\n"
    assert len(client.messages) == 2


def test_calls_are_taken_while_the_script_is_imported(pipe, host, gate):
    script = host.write("slow.py", f"exec(open({GATE!r}).read())", "call_api('wait', {}, {})")
    client = pipe(script, environment=gate.environment)
    calls = [client.ask(f"p{number}") for number in range(3)]
    late = client.ask("late", deadline=0.05)
    assert kind_of(client.response(late)) == "timeout"
    client.cancel(calls[0])
    assert kind_of(client.response(calls[0])) == "cancelled"
    assert client.of_type("ready") == []
    gate.open("wait")
    for call in calls[1:]:
        assert client.response(call)["type"] == "result"
    assert len(client.of_type("ready")) == 1


def test_a_failed_import_is_told_at_once_and_can_be_repaired(pipe, host):
    script = host.write("provider.py", "raise RuntimeError('not yet')")
    client = pipe(script)
    call = client.ask("a")
    error = client.response(call)["error"]
    assert error["kind"] == "import_failed"
    assert "not yet" in error["traceback"]
    (failed,) = client.of_type("failed")
    assert (failed["error"]["kind"], failed["error"]["type"]) == ("import_failed", "RuntimeError")
    host.write("provider.py", "def call_api(prompt, options, context):", "    return {'output': prompt}")
    while client.call("b", {}, {})["type"] == "error":
        pass
    assert client.end() == 0
    kinds = [message["type"] for message in client.messages]
    assert kinds.index("failed") == 0
    assert kinds.index("ready") < kinds.index("result")
    assert (kinds.count("failed"), kinds.count("ready")) == (1, 1)


@pytest.mark.parametrize("calls", [0, 1])
def test_a_script_that_was_never_imported_is_exit_code_3(pipe, host, calls):
    client = pipe(host.write("provider.py", "import nosuchmodule"))
    for _ in range(calls):
        client.ask("a")
    assert client.end() == 3
    assert [message["type"] for message in client.messages] == ["failed", "error"][: 1 + calls]


def test_a_script_that_is_not_there_fails_each_call(pipe, host):
    client = pipe(host.directory / "nothing.py")
    assert kind_of(client.call("a", {}, {})) == "import_failed"
    client.send({"type": "inspect", "id": 9})
    assert kind_of(client.response(9)) == "import_failed"
    assert client.end() == 3
    assert "there is no provider script" in client.stderr


def test_a_python_that_is_not_there_is_wrong_usage(pipe):
    client = pipe(ECHO, "--python", "/no/such/python")
    assert client.end() == 2
    assert client.messages == []
    assert "/no/such/python" in client.stderr


def test_the_interpreter_is_the_one_that_was_named(pipe):
    client = pipe(ECHO, "--python", sys.executable)
    assert client.end() == 0
    assert client.messages[0]["executable"] == sys.executable
