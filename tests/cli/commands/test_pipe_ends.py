"""`provider-host pipe`: how it ends, by its client or by signals."""

import os
import pty
import signal
import subprocess
import sys

import pytest
from conftest import EXECUTABLE, alive, provider, wait_until

ECHO = provider("echo.py")
GATE = provider("gate.py")


def test_the_end_of_stdin_lets_calls_finish(pipe, gate):
    client = pipe(GATE, environment=gate.environment)
    calls = [client.ask("wait"), client.ask("queued")]
    gate.wait_for("wait")
    client.process.stdin.close()
    gate.open("wait")
    assert client.end() == 0
    assert [client.response(call)["type"] for call in calls] == ["result", "result"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_running_calls_finish_and_answers_all(pipe, gate, number):
    client = pipe(GATE, environment=gate.environment)
    running = client.ask("wait")
    gate.wait_for("wait")
    queued = [client.ask(f"p{index}") for index in range(100)]
    client.response(client.call("x", {}, {}, deadline=0.01)["id"])  # so all are read
    client.process.send_signal(number)
    client.wait_for_error_text("interrupted: waiting")
    gate.open("wait")
    assert client.wait_for_end() == 130
    assert client.response(running)["result"] == {"output": "wait"}
    assert {client.response(call)["error"]["kind"] for call in queued} == {"cancelled"}
    assert gate.begun == ["wait"]
    assert not any(map(alive, gate.pids()))


def test_a_second_signal_ends_a_pipe_at_once_with_every_call_answered(pipe, gate):
    client = pipe(GATE, environment=gate.environment)
    running = client.ask("wait")
    gate.wait_for("wait")
    client.process.send_signal(signal.SIGTERM)
    client.wait_for_error_text("interrupted: waiting")
    client.process.send_signal(signal.SIGTERM)
    assert client.wait_for_end() == 130
    assert client.response(running)["error"]["kind"] == "shutting_down"
    wait_until(lambda: not any(map(alive, gate.pids())), "no host is left")


def test_a_signal_during_the_import_ends_the_pipe(pipe, host, gate):
    script = host.write("slow.py", f"exec(open({GATE!r}).read())", "call_api('wait', {}, {})")
    client = pipe(script, environment=gate.environment)
    call = client.ask("a")
    gate.wait_for("wait")
    client.process.send_signal(signal.SIGTERM)
    assert client.wait_for_end() == 130
    assert client.response(call)["error"]["kind"] == "cancelled"


def test_a_pipe_whose_reader_is_gone_cancels_its_calls_and_ends(pipe, gate):
    client = pipe(GATE, environment=gate.environment, reads=False)
    client.ask("wait")
    gate.wait_for("wait")
    client.process.stdout.close()  # stdin stays open
    assert client.process.wait() == 0
    wait_until(lambda: not any(map(alive, gate.pids())), "no host is left")


def test_a_pipe_ends_with_the_program_that_started_it(host, gate):
    parent = (
        "import subprocess, sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from pipe_client import PipeClient\n"
        "client = PipeClient(sys.argv[2])\n"
        "client.ask('wait'); print(client.process.pid, flush=True); time.sleep(1000)"
    )
    command = [sys.executable, "-c", parent, os.path.dirname(os.path.dirname(__file__)), GATE]
    environment = {**host.environment, **gate.environment, "PROVIDER_HOST_BIN": str(EXECUTABLE)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    pid = int(process.stdout.readline())
    gate.wait_for("wait")
    process.kill()
    process.wait()
    process.stdout.close()
    wait_until(lambda: not alive(pid) and not any(map(alive, gate.pids())), "nothing is left")


def test_a_slow_reader_loses_nothing(pipe, host):
    script = host.write(
        "large.py",
        "import pathlib",
        "def call_api(prompt, options, context):",
        "    pathlib.Path('made.log').open('a').write('x')",
        "    return {'output': 'x' * (1 << 20)}",
    )
    client = pipe(script, reads=False)
    made = host.directory / "made.log"
    for count in range(1, 64):
        client.ask("p")
        wait_until(lambda: made.exists() and made.stat().st_size == count, "the call has run")
    for _ in range(37):  # beyond 64 MiB
        client.ask("p")
    client.read()
    assert client.end() == 0
    assert len(client.of_type("result")) == 100
    assert made.stat().st_size == 100


@pytest.mark.parametrize("closed", [0, 1])
def test_a_closed_stdin_or_stdout_is_wrong_usage(host, closed):
    command = [str(EXECUTABLE), "pipe", ECHO]
    done = subprocess.run(
        command, stderr=subprocess.PIPE, preexec_fn=lambda: os.close(closed), env=host.environment, timeout=60
    )
    assert done.returncode == 2
    assert f"{('stdin', 'stdout')[closed]} is closed" in done.stderr.decode()


def test_a_closed_stderr_changes_nothing(pipe):
    client = pipe(ECHO, command=["sh", "-c", 'exec "$@" 2>&-', "sh"])
    assert client.call("a", {}, {})["type"] == "result"
    assert client.end() == 0


@pytest.mark.parametrize("terminal", [0, 1])
def test_a_person_at_a_terminal_is_told_what_to_do(host, terminal):
    master, slave = pty.openpty()
    streams = [subprocess.DEVNULL, subprocess.PIPE]
    streams[terminal] = slave
    command = [str(EXECUTABLE), "pipe", ECHO]
    done = subprocess.run(
        command, stdin=streams[0], stdout=streams[1], stderr=subprocess.PIPE, env=host.environment
    )
    os.close(slave)
    os.close(master)
    assert done.returncode == 2
    said = done.stderr.decode()
    assert f"{('stdin', 'stdout')[terminal]} is a terminal; `pipe` is for programs" in said
    assert f"provider-host call {ECHO}" in said


def test_a_directory_as_stdin_cannot_be_read(host):
    fd = os.open(host.directory, os.O_RDONLY)
    done = subprocess.run([str(EXECUTABLE), "pipe", ECHO], stdin=fd, capture_output=True, env=host.environment)
    os.close(fd)
    assert done.returncode == 2
    assert "stdin cannot be read: Is a directory" in done.stderr.decode()


def test_a_full_disk_is_an_internal_error(host):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [str(EXECUTABLE), "pipe", ECHO],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            env=host.environment,
        )
    assert done.returncode == 4
    assert "cannot write to stdout: No space left" in done.stderr.decode()
