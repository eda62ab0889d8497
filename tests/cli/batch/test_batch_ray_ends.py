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


@pytest.mark.parametrize(
    "last, how, order",
    [
        ("die", "was killed by SIGKILL", []),
        ("exit", "exited with code 7", ["--unordered"]),
        ("give up", "has given up: no actor is left", []),
    ],
)
def test_a_bridge_that_goes_costs_the_calls_that_were_under_way_and_the_rest_can_be_resumed(
    cluster, host, last, how, order
):
    prompts = ["a", "b", last, *map(str, range(3, 3000))]
    lines, output = host.prompts(*prompts), host.directory / "out.jsonl"
    options = [ECHO, lines, "-o", output, *order]
    result = cluster(*options)
    assert result.code == 1, result
    written = lines_of(output.read_text())
    failed = [line for line in written if not line["ok"]]
    assert [line["index"] for line in written if line["ok"]] == [0, 1]
    assert 0 < len(failed) < 1000
    assert {line["error"]["kind"] for line in failed} == {"pool_unavailable"}
    assert all(how in line["error"]["message"] for line in failed)
    assert [line["error"]["stderr"] for line in failed if "stderr" in line["error"]] == [
        "ray says hello" + ("\nout of luck" if last == "exit" else "")
    ]
    calls = f"{len(failed)} call{'s' * (len(failed) > 1)}"
    (told,) = [line for line in result.stderr.splitlines() if "to go on" in line]
    assert how in told and f"{calls} that were under way failed as pool_unavailable" in told
    assert told.endswith(f"the same command with --resume; --retry-failed also makes the {calls} again")
    assert not cluster.has_bridge()

    assert host("batch", *options, "--resume").code == 1
    assert sorted(line["index"] for line in lines_of(output.read_text())) == list(range(3000))
    assert sum(not line["ok"] for line in lines_of(output.read_text())) == len(failed)
    assert host("batch", *options, "--retry-failed").code == 0
    assert [line["result"]["output"] for line in lines_of(output.read_text())] == prompts


@pytest.mark.parametrize("garbage", ["stray print", "torn json", "unknown message"])
def test_a_bridge_that_breaks_the_protocol_is_killed(cluster, host, garbage):
    result = cluster(SMALL, host.prompts("a", "b", garbage, *map(str, range(2000))))
    assert result.code == 1, result
    assert [line["ok"] for line in result.lines[:2]] == [True, True]
    assert len(result.lines) < 1000
    error = result.lines[-1]["error"]
    assert error["kind"] == "protocol_error"
    assert "has broken the protocol, and was killed: " in error["message"]
    assert " under way failed as protocol_error, and no more were made" in result.stderr
    assert not cluster.has_bridge()


def test_calls_that_were_never_sent_are_left_for_a_resumption(cluster, host):
    lines, output = host.prompts(*["x" * 70_000] * 5), host.directory / "out.jsonl"
    result = cluster(SMALL, lines, "-o", output, address="closes-stdin")
    assert result.code == 1, result
    assert output.read_text() == ""
    assert "no call was under way; to go on: the same command with --resume\n" in result.stderr
    assert not cluster.has_bridge()
    assert cluster(SMALL, lines, "-o", output, "--resume").code == 0
    assert len(lines_of(output.read_text())) == 5


def test_a_bridge_that_goes_while_the_input_is_silent_is_noticed(cluster, host):
    run = cluster.start(ECHO, "-", stdin=subprocess.PIPE)
    run.send('{"prompt": "a"}\n')
    wait_until(lambda: run.stdout, "the first result")
    os.kill(cluster.bridge, signal.SIGKILL)
    run.wait_for_error_text("was killed by SIGKILL")
    result = run.end()
    assert (result.code, len(result.lines)) == (1, 1)
    assert "no call was under way, and no more were made" in result.stderr


def test_a_bridge_that_is_killed_at_the_time_of_a_signal_is_no_loss(cluster, host, gate):
    lines, output = host.prompts("a", "wait", "b"), host.directory / "out.jsonl"
    run = cluster.start(GATE, lines, "-o", output, **gate.environment)
    gate.wait_for("wait")
    wait_until(lambda: output.read_text().count("\n") == 1, "the first result is written")
    run.signal(signal.SIGSTOP)
    os.kill(cluster.bridge, signal.SIGKILL)
    run.signal(signal.SIGTERM)
    run.signal(signal.SIGCONT)
    result = run.end()
    assert result.code == 130, result
    assert [line["ok"] for line in lines_of(output.read_text())] == [True]
    assert "to go on: the same command with --resume\n" in result.stderr


@pytest.mark.parametrize(
    "address, fault",
    [
        ("stats:[1]", "its statistics are no object"),
        ('stats:{"restarts":-4}', "'restarts' is no whole number: -4"),
        ('stats:{"succeeded":1.5}', "'succeeded' is no whole number: 1.5"),
        ('stats:{"errors_by_kind":{"timeout":-1}}', "'timeout' is no whole number: -1"),
        ('stats:{"actors":[{"pool":{"restarts_by_cause":{"crash":-1}}}]}', "'crash' is no whole number: -1"),
        ("gives up at the end", "has given up: no actor is left"),
    ],
)
def test_a_bad_end_of_the_bridge_after_a_good_run_is_a_warning(cluster, host, address, fault):
    result = cluster(SMALL, host.prompts("a"), "--stats-json", "stats.json", address=address)
    assert result.code == 0, result
    (warning,) = [line for line in result.stderr.splitlines() if fault in line]
    assert warning.startswith("the bridge to Ray (") and "its statistics are missing" in warning
    assert result.stderr.splitlines()[-1].endswith("1 ok, 0 failed, 0 provider errors, 0 restarts")
    assert json.loads((host.directory / "stats.json").read_text())["succeeded"] == 1


def test_a_second_response_to_a_call_changes_nothing(cluster, host):
    result = cluster(SMALL, host.prompts("a", *["twice"] * 500))
    assert result.code == 0, result
    assert [line["index"] for line in result.lines] == list(range(501))
    assert result.stderr.count("responded to a call that it did not have") == 1


def test_calls_that_a_bridge_cancels_by_itself_have_failed(cluster, host, gate):
    run = cluster.start(GATE, host.prompts("a", "wait", "b", "c"), **gate.environment)
    gate.wait_for("wait")
    os.kill(cluster.bridge, signal.SIGINT)
    run.wait_for_error_text("[ray] withdrawn")
    gate.open("wait")
    result = run.end()
    assert result.code == 1, result
    assert [line["ok"] for line in result.lines] == [True, True, False, False]
    assert {line["error"]["kind"] for line in result.lines[2:]} == {"cancelled"}
    assert "2 ok, 2 failed (2 cancelled)" in result.stderr


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
    os.kill(cluster.bridge, signal.SIGTERM)
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
