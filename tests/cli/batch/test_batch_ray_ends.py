"""`batch --ray` when bridges misbehave, and all ways to end; see bridged_batches.py."""

import json
import os
import signal
import subprocess

import pytest
from conftest import EXECUTABLE, lines_of, provider, wait_until

ECHO = provider("echo.py")
SMALL = provider("small.py")
GATE = provider("gate.py")


# --- bridges that misbehave


@pytest.mark.parametrize("last, how", [("die", "was killed by SIGKILL"), ("exit", "exited with code 7")])
def test_calls_of_a_bridge_that_dies_say_so_and_the_run_goes_to_its_end(cluster, host, last, how):
    result = cluster(SMALL, host.prompts("a", "b", last, *"cdefgh"))
    assert result.code == 1, result
    assert [line["ok"] for line in result.lines] == [True, True] + [False] * 7
    errors = [line["error"] for line in result.lines[2:]]
    assert {error["kind"] for error in errors} == {"pool_unavailable"}
    assert all(how in error["message"] for error in errors)
    assert ("out of luck" in errors[0].get("stderr", "")) == (last == "exit")
    assert not cluster.has_bridge()


def test_what_would_come_after_the_end_of_the_bridge_is_not_read(cluster, host):
    run = cluster.start(SMALL, "-", "-o", "out.jsonl", stdin=subprocess.PIPE)
    run.send('{"prompt": "a"}\n{"prompt": "die"}\n')
    run.wait_for_error_text("first pool_unavailable: ")
    run.send('{"prompt": "b"}\n')
    assert run.process.wait() == 1
    assert [line["ok"] for line in lines_of((host.directory / "out.jsonl").read_text())] == [True, False, False]
    said = run.end().stderr
    assert "the bridge to Ray has ended, and the input was not read on; to go on: the same command with " in said


def test_a_bridge_that_gives_up_says_why(cluster, host):
    result = cluster(SMALL, host.prompts("a", "give up"))
    assert result.code == 1, result
    error = result.lines[1]["error"]
    assert (error["kind"], error["message"].endswith(" has given up: no actor is left")) == ("pool_unavailable", True)


@pytest.mark.parametrize("garbage", ["stray print", "torn json", "unknown message"])
def test_a_bridge_that_breaks_the_protocol_is_killed(cluster, host, garbage):
    result = cluster(SMALL, host.prompts("a", "b", garbage, *"cdefgh"))
    assert result.code == 1, result
    assert [line["ok"] for line in result.lines[:2]] == [True, True]
    error = result.lines[-1]["error"]
    assert error["kind"] == "protocol_error"
    assert "has broken the protocol, and was killed: " in error["message"]
    assert not cluster.has_bridge()


def test_a_bridge_that_reads_no_more_is_killed(cluster, host):
    result = cluster(SMALL, host.prompts("a", "b"), address="closes-stdin")
    assert [line["error"]["kind"] for line in result.lines] == ["pool_unavailable"] * 2, result
    assert result.code == 1
    assert not cluster.has_bridge()


def test_a_second_response_to_a_call_changes_nothing(cluster, host):
    result = cluster(SMALL, host.prompts("a", "twice", *"bcdef"))
    assert result.code == 0, result
    assert [line["index"] for line in result.lines] == list(range(7))
    assert "responded to a call that it did not have" in result.stderr


def test_calls_that_a_bridge_cancels_by_itself_have_failed(cluster, host, gate):
    run = cluster.start(GATE, host.prompts("a", "wait", "b", "c"), **gate.environment)
    gate.wait_for("wait")
    os.kill(int((cluster.directory / "pid").read_text()), signal.SIGINT)
    run.wait_for_error_text("[ray] withdrawn")
    gate.open("wait")
    result = run.end()
    assert result.code == 1, result
    assert [line["ok"] for line in result.lines] == [True, True, False, False]
    assert {line["error"]["kind"] for line in result.lines[2:]} == {"cancelled"}
    assert "2 ok, 2 failed (2 cancelled)" in result.stderr


def test_what_was_lost_with_a_bridge_is_made_again(cluster, host):
    output = host.directory / "out.jsonl"
    prompts = ["a", "die", "b"]
    script = host.write("mended.py", "def call_api(prompt, options, context):", "    return {'output': prompt}")
    assert cluster(script, host.prompts(*prompts), "-o", output).code == 1
    assert host("batch", script, host.prompts(*prompts), "-o", output, "--retry-failed").code == 0
    assert [line["result"]["output"] for line in lines_of(output.read_text())] == prompts


# --- sizes


def test_results_of_megabytes_arrive_whole(cluster, host):
    script = host.write(
        "large.py",
        "def call_api(prompt, options, context):",
        "    return {'output': prompt * 5_000_000}",
    )
    result = cluster(script, host.prompts(*"abcdef"), "--ray-actors", 3)
    assert result.code == 0, result.stderr
    assert len(result.lines) == 6
    assert all(line["result"]["output"] == letter * 5_000_000 for letter, line in zip("abcdef", result.lines))


def test_writing_and_reading_do_not_wait_for_each_other(cluster, host):
    """The bridge writes each response before it reads the next call; both pipes are full all the time."""
    prompts = [str(i) * 20_000 for i in range(10)] * 40
    result = cluster(ECHO, host.prompts(*prompts), address="writes-before-it-reads")
    assert result.code == 0, result.stderr
    assert [line["result"]["output"] for line in result.lines] == prompts


# --- the end, and ends before it


def test_the_first_interrupt_lets_running_calls_finish_and_the_rest_can_be_resumed(cluster, host, gate):
    prompts = ["a", "wait", *(f"p{i}" for i in range(200))]
    lines = host.prompts(*prompts)
    output = host.directory / "out.jsonl"
    run = cluster.start(GATE, lines, "-o", output, **gate.environment)
    gate.wait_for("wait")
    run.signal()
    run.wait_for_error_text("interrupted: waiting")
    run.wait_for_error_text("[ray] withdrawn")
    gate.open("wait")
    result = run.end()
    assert result.code == 130
    assert [line["index"] for line in lines_of(output.read_text())] == [0, 1]
    assert "to go on: the same command with --resume" in result.stderr
    assert gate.begun == ["a", "wait"]
    assert not cluster.has_bridge()
    assert cluster(GATE, lines, "-o", output, "--resume", **gate.environment).code == 0
    assert [line["index"] for line in lines_of(output.read_text())] == list(range(202))
    assert gate.begun == prompts


def test_the_second_interrupt_ends_at_once(cluster, host, gate):
    run = cluster.start(GATE, host.prompts("wait", "b"), "--stats-json", "stats.json", **gate.environment)
    gate.wait_for("wait")
    run.signal()
    run.wait_for_error_text("interrupted: waiting")
    run.signal()
    assert run.end().code == 130
    wait_until(lambda: not cluster.has_bridge(), "the bridge is gone")
    assert json.loads((host.directory / "stats.json").read_text())["succeeded"] == 0


def test_a_bridge_that_reads_nothing_can_be_interrupted(cluster, host):
    run = cluster.start(SMALL, host.prompts(*(["x" * 100_000] * 50)), address="deaf")
    run.wait_for_error_text("there is something to read")
    run.signal()
    run.wait_for_error_text("interrupted: waiting")
    run.signal()
    assert run.end().code == 130
    wait_until(lambda: not cluster.has_bridge(), "the bridge is gone")


@pytest.mark.parametrize("order", [[], ["--unordered"]])
def test_calls_that_were_never_sent_settle_once_when_the_bridge_ends(cluster, host, order):
    prompts = host.prompts(*(["x" * 4000] * 1000))
    stats = host.directory / "stats.json"
    run = cluster.start(SMALL, prompts, *order, "--workers", "100", "--stats-json", stats, address="mute")
    run.wait_for_error_text("there is something to read")
    run.signal()
    assert run.end().code == 130
    stats = json.loads(stats.read_text())
    assert 1 < stats["submitted"] == stats["failed"] <= 1000


def test_a_signal_to_all_processes_may_reach_the_bridge_first(cluster, host, gate):
    output = host.directory / "out.jsonl"
    run = cluster.start(GATE, host.prompts("a", "wait", "b"), "-o", output, **gate.environment)
    gate.wait_for("wait")
    os.kill(int((cluster.directory / "pid").read_text()), signal.SIGTERM)
    wait_until(lambda: not cluster.has_bridge(), "the bridge is gone")
    run.signal(signal.SIGTERM)
    result = run.end()
    assert result.code == 130, result
    assert [line["ok"] for line in lines_of(output.read_text())] == [True]
    assert "to go on: the same command with --resume" in result.stderr


def test_a_killed_run_leaves_no_bridge_and_can_be_resumed(cluster, host, gate):
    output = host.directory / "out.jsonl"
    lines = host.prompts("a", "wait", "b")
    run = cluster.start(GATE, lines, "-o", output, **gate.environment)
    gate.wait_for("wait")
    wait_until(lambda: output.read_text().count("\n") == 1, "the first result is written")
    run.signal(signal.SIGKILL)
    run.end()
    wait_until(lambda: not cluster.has_bridge(), "the bridge is gone")
    gate.open("wait")
    assert cluster(GATE, lines, "-o", output, "--resume", **gate.environment).code == 0
    assert [line["result"]["output"] for line in lines_of(output.read_text())] == ["a", "wait", "b"]
    assert gate.begun.count("a") == 1


def test_a_reader_that_goes_away_is_no_fault_and_leaves_no_bridge(cluster, host):
    command = '"$0" batch "$1" "$2" --ray auto --log-level error | head -n 1; echo "${PIPESTATUS[0]}"'
    lines = host.prompts(*map(str, range(5000)))
    done = subprocess.run(
        ["bash", "-c", command, EXECUTABLE, ECHO, lines], capture_output=True, text=True, env=host.environment
    )
    assert done.stdout.splitlines()[1:] == ["0"], done
    assert done.stderr == ""
    assert not cluster.has_bridge()
