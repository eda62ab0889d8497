"""`provider-host call --stream`."""

import json
import os
import signal
import subprocess

import pytest
from conftest import EXECUTABLE, alive, full_pipe, provider, wait_until

STREAMING = provider("streaming.py")


def chunk(**delta):
    """As OpenAI sends it."""
    return {"choices": [{"index": 0, "delta": delta}]}


@pytest.mark.parametrize(
    "items, written",
    [
        (["Hi", " you"], "Hi you\n"),
        (["Grüezi, ", "👩‍👩‍👧 مرحبا"], "Grüezi, 👩‍👩‍👧 مرحبا\n"),
        (["a\n", "b\n"], "a\nb\n\n"),
        ([""], "\n"),
        ([], ""),
        ([{"output": "Hi"}, {"output": " you"}], "Hi you\n"),
        ([chunk(role="assistant"), chunk(content="Hi"), {"choices": [], "usage": {"total_tokens": 3}}], "Hi\n"),
        (["a", {"n": 1}, "b"], 'a\n{"n":1}\nb\n'),
        (["a\n", {"n": 1}], 'a\n{"n":1}\n'),
        ([{"output": "a", "cost": 1}], '{"output":"a","cost":1}\n'),
        ([None, 1.5, [2], {"text": "x"}], 'null\n1.5\n[2]\n{"text":"x"}\n'),
    ],
)
def test_texts_are_written_as_they_are_and_other_items_as_lines_of_json(host, items, written):
    result = host("call", STREAMING, json.dumps(items), "--stream")
    assert (result.code, result.stdout, result.stderr) == (0, written, "")


def test_async_generators_stream_too(host):
    assert host("call", f"{STREAMING}:words", "one two", "--stream").stdout == "one two \n"


def test_a_function_that_does_not_stream_has_one_item(host):
    result = host("call", provider("echo.py"), "Hi", "--stream")
    assert result.json["output"] == "Hi" and "options" in result.json and result.stdout.count("\n") == 1
    assert host("call", provider("echo.py") + ":add", "[1, 2]", "--api", "none", "--stream").stdout == "3\n"


def test_items_are_written_as_they_come_also_into_pipes(host, gate):
    run = host.start("call", f"{STREAMING}:gated", "one wait two wait2 three", "--stream", **gate.environment)
    wait_until(lambda: run.stdout == "one ", "the first item")
    gate.wait_for("wait")
    gate.open("wait")
    wait_until(lambda: run.stdout == "one wait two ", "the next ones")
    gate.open("wait2")
    result = run.end()
    assert (result.code, result.stdout) == (0, "one wait two wait2 three \n")


def test_what_went_wrong_comes_behind_the_items_on_stderr(host):
    result = host("call", f"{STREAMING}:breaks", "one two", "--stream")
    assert (result.code, result.stdout) == (1, "onetwo\n")
    assert "python_exception: the line is broken" in result.stderr and "ValueError" in result.stderr


def test_a_failure_without_items_writes_nothing(host):
    result = host("call", f"{STREAMING}:nothing", "x", "--stream")
    assert (result.code, result.stdout) == (1, "") and "function_not_found" in result.stderr, result


def test_an_error_of_the_provider_is_exit_code_1(host):
    error = {"error": "no credit", "cost": 1}
    item = host("call", STREAMING, json.dumps(["a", error]), "--stream")
    assert (item.code, item.stdout) == (1, 'a\n{"error":"no credit","cost":1}\n')
    returned = host("call", f"{STREAMING}:returns", json.dumps(error), "--stream")
    assert (returned.code, returned.stdout) == (1, 'text\n{"error":"no credit","cost":1}\n')
    for result in (item, returned):
        assert "the provider returned an error" in result.stderr
    assert host("call", STREAMING, json.dumps([error, "a"]), "--stream").code == 0


def test_a_result_that_is_returned_is_not_written(host):
    result = host("call", f"{STREAMING}:returns", '{"output":"text","cost":1}', "--stream")
    assert (result.code, result.stdout, result.stderr) == (0, "text\n", "")


def test_ctrl_c_closes_the_generator(host, gate):
    command = ["call", f"{STREAMING}:gated", "one wait", "--stream", "--interrupt-grace", "6"]
    run = host.start(*command, **gate.environment)
    wait_until(lambda: run.stdout == "one ", "the first item")
    gate.wait_for("wait")
    run.signal()
    result = run.end()
    assert (result.code, result.stdout) == (130, "one \n")
    assert gate.begun == ["one", "wait", "closed"]
    assert not any(map(alive, gate.pids()))


def test_a_second_ctrl_c_ends_it_at_once_also_when_the_reader_reads_no_more(host, gate):
    read, write = full_pipe()
    command = [EXECUTABLE, "call", f"{STREAMING}:gated", "one", "--stream"]
    run = subprocess.Popen(command, stdout=write, stderr=subprocess.PIPE, env={**host.environment, **gate.environment})
    gate.wait_for("closed")

    def has_ended():
        run.send_signal(signal.SIGINT)
        return run.poll() is not None

    wait_until(has_ended, "the end")
    assert run.returncode == 130 and run.stderr.read() == b""
    run.stderr.close()
    wait_until(lambda: not any(map(alive, gate.pids())), "no host is left")
    for end in (read, write):
        os.close(end)


def first_item_of(gate, host, prompt):
    """Starts a stream, reads its first item and goes away."""
    command = [EXECUTABLE, "call", f"{STREAMING}:gated", prompt, "--stream", "--interrupt-grace", "6"]
    run = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**host.environment, **gate.environment}
    )
    assert os.read(run.stdout.fileno(), 100) == b"one "
    gate.wait_for("wait")
    run.stdout.close()
    return run


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_reader_that_goes_away_closes_the_generator(host, gate, goes_on):
    run = first_item_of(gate, host, "one wait two")
    if goes_on:
        gate.open("wait")
    assert run.wait() == 0 and run.stderr.read() == b""
    run.stderr.close()
    assert gate.begun[-1] == "closed"
    assert not any(map(alive, gate.pids()))


def test_an_output_that_cannot_be_written_is_an_internal_error(host):
    with open("/dev/full", "w") as full:
        command = [EXECUTABLE, "call", STREAMING, '["a"]', "--stream"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=host.environment)
    assert done.returncode == 4 and b"No space left on device" in done.stderr


def test_an_item_that_takes_too_long_is_a_timeout(host, gate):
    limits = ("--item-timeout", "3", "--interrupt-grace", "30")
    result = host("call", f"{STREAMING}:gated", "one wait", "--stream", *limits, **gate.environment)
    assert (result.code, result.stdout) == (1, "one \n")
    assert "timeout: " in result.stderr and "item_timeout" in result.stderr
    assert gate.begun == ["one", "wait", "closed"]


def test_a_plain_call_has_the_joined_items(host, gate):
    assert host("call", f"{STREAMING}:words", "one two").json == {"output": "one two "}
    late = host("call", f"{STREAMING}:gated", "one wait", "--item-timeout", "0.3", **gate.environment)
    assert late.code == 1 and "item_timeout" in late.stderr


def test_on_a_terminal_items_look_the_same(host):
    code, drawn = host.on_a_terminal("call", STREAMING, '["Hi", {"n": 1}]', "--stream")
    assert (code, drawn.replace("\r\n", "\n")) == (0, 'Hi\n{"n":1}\n')


def test_an_envelope_is_of_a_whole_result(host):
    result = host("call", STREAMING, "[]", "--stream", "--envelope")
    assert (result.code, result.stdout) == (2, "") and "--envelope" in result.stderr


def test_check_says_what_streams(host):
    checked = host("check", STREAMING)
    assert checked.code == 0 and "  sync  call_api(prompt, options, context)  streams\n" in checked.stdout
    assert "  async words(prompt, options, context)  streams\n" in checked.stdout
    assert "  sync  note(word)\n" in checked.stdout
    functions = {each["name"]: each for each in host("check", STREAMING, "--json").json["functions"]}
    assert functions["words"]["streams"] is True and functions["note"]["streams"] is False
