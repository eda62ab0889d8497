"""Ctrl-C and SIGTERM."""

import json
import os
import signal
import subprocess

import pytest
from conftest import EXECUTABLE, alive, full_pipe, lines_of, provider, wait_until

GATE = provider("gate.py")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("extra", [[], ["--unordered"]])
def test_a_batch_lets_running_calls_finish_and_can_be_resumed(host, gate, number, extra):
    prompts = ["a", "wait", *(f"p{i}" for i in range(200))]
    lines = host.prompts(*prompts)
    output = host.directory / "out.jsonl"
    run = host.start("batch", GATE, lines, "-o", output, *extra, **gate.environment)
    gate.wait_for("wait")
    run.signal(number)
    run.wait_for_error_text("interrupted: waiting")
    gate.open("wait")
    result = run.end()
    assert result.code == 130
    assert [line["index"] for line in lines_of(output.read_text())] == [0, 1]
    assert "2 calls in" in result.stderr
    assert "to go on: the same command with --resume" in result.stderr
    assert gate.begun == ["a", "wait"]
    assert not any(map(alive, gate.pids()))
    assert host("batch", GATE, lines, "-o", output, "--resume", **gate.environment).code == 0
    assert [line["index"] for line in lines_of(output.read_text())] == list(range(202))
    assert gate.begun == prompts


def test_calls_that_wait_for_others_of_their_key_do_not_begin_after_the_signal(host, gate):
    prompts = ["wait", *(f"p{i}" for i in range(200))]
    lines = host.write("keys.jsonl", *(json.dumps({"prompt": prompt, "key": "same"}) for prompt in prompts))
    options = ["--affinity", "key", "--workers", 2, "--concurrency", 8]
    run = host.start("batch", GATE, lines, *options, **gate.environment)
    gate.wait_for("wait")
    run.signal()
    run.wait_for_error_text("interrupted: waiting")
    gate.open("wait")
    result = run.end()
    assert (result.code, [line["index"] for line in result.lines]) == (130, [0])
    assert gate.begun == ["wait"]


def test_a_second_signal_ends_a_batch_at_once(host, gate):
    output = host.directory / "out.jsonl"
    run = host.start("batch", GATE, host.prompts("a", "wait", "b"), "-o", output, **gate.environment)
    gate.wait_for("wait")
    run.signal()
    run.wait_for_error_text("interrupted: waiting")
    wait_until(lambda: output.read_text().count("\n") == 1, "the result of the call that has ended is written")
    run.signal()
    assert run.end().code == 130
    assert [line["index"] for line in lines_of(output.read_text())] == [0]
    wait_until(lambda: not any(map(alive, gate.pids())), "no host is left")


def test_a_batch_that_waits_for_its_standard_input_can_be_interrupted(host):
    run = host.start("batch", provider("echo.py"), "-", stdin=subprocess.PIPE)
    run.send('{"prompt":"a"}\n')
    wait_until(lambda: run.stdout.count("\n") == 1, "the first result")
    run.signal()
    assert run.process.wait() == 130
    assert len(run.end().lines) == 1


def test_a_start_can_be_interrupted(host, gate):
    script = host.write(
        "slow.py",
        "import os, pathlib, time",
        "pathlib.Path(os.environ['GATE_DIRECTORY'], 'x.pid').write_text(str(os.getpid()))",
        "time.sleep(3600)",
    )
    for command in [["call", script, "p"], ["batch", script, host.prompts("a")], ["check", script]]:
        run = host.start(*command, **gate.environment)
        wait_until(lambda: any(map(alive, gate.pids())), "the import has begun")
        run.signal()
        assert run.end().code == 130
        wait_until(lambda: not any(map(alive, gate.pids())), "no host is left")


def test_a_call_can_be_interrupted(host, gate):
    run = host.start("call", GATE, "wait", **gate.environment)
    gate.wait_for("wait")
    run.signal()
    result = run.end()
    assert (result.code, result.stdout) == (130, "")
    wait_until(lambda: not any(map(alive, gate.pids())), "no host is left")


def test_a_call_whose_result_nobody_reads_can_be_interrupted(host, gate):
    read, write = full_pipe()
    command = [EXECUTABLE, "call", GATE, "a"]
    run = subprocess.Popen(command, stdout=write, env={**host.environment, **gate.environment})
    gate.wait_for("a")

    def has_ended():
        run.send_signal(signal.SIGINT)
        return run.poll() is not None

    wait_until(has_ended, "the end")
    assert run.returncode == 130
    wait_until(lambda: not any(map(alive, gate.pids())), "no host is left")
    for end in (read, write):
        os.close(end)


def test_a_host_ignores_the_terminals_interrupt(host, gate):
    """Ctrl-C reaches the whole foreground process group; hosts are in groups of their own."""
    run = host.start("batch", GATE, host.prompts("wait"), **gate.environment)
    gate.wait_for("wait")
    parent_group = os.getpgid(run.process.pid)
    assert all(os.getpgid(pid) != parent_group for pid in gate.pids())
    gate.open("wait")
    assert run.end().code == 0
