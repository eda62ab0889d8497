"""The groups "Failures" and "Times" of the options: what becomes of calls whose host dies."""

import subprocess

import pytest
from conftest import EXECUTABLE, alive, lines_of, provider, wait_until

CRASHING = provider("crashing.py")


def outcome(line):
    return line["result"]["output"] if line["ok"] else line["error"]["kind"]


@pytest.mark.parametrize("command", ["call", "batch"])
def test_a_call_that_crashes_once_fails_by_default_and_succeeds_with_retries(host, gate, command):
    what = ["1"] if command == "call" else [host.prompts("1")]
    assert host(command, CRASHING, *what, **gate.environment).code == 1
    (gate.directory / "runs-1").unlink()
    result = host(command, CRASHING, *what, "--retries", "1", "--retry-backoff", "0", **gate.environment)
    assert result.code == 0, result
    assert '"output":2' in result.stdout


def test_retries_are_made_as_often_as_asked_for(host, gate):
    result = host("call", CRASHING, "3", "--retries", "3", "--retry-backoff", "0", **gate.environment)
    assert (result.code, result.json) == (0, {"output": 4}), result


def test_max_crashes_per_call_is_stronger_than_retries(host, gate):
    arguments = ["--retries", "3", "--retry-backoff", "0", "--max-crashes-per-call", "2"]
    result = host("call", CRASHING, "3", *arguments, **gate.environment)
    assert result.code == 1
    assert "host_crashed" in result.stderr
    assert (gate.directory / "runs-3").read_text() == "xx"


def test_a_retry_waits_for_its_backoff(host, gate):
    arguments = ["--retries", "1", "--retry-backoff", "3600", "--deadline", "5"]
    result = host("call", CRASHING, "1", *arguments, **gate.environment)
    assert result.code == 1
    assert "timeout" in result.stderr
    assert (gate.directory / "runs-1").read_text() == "x"


@pytest.mark.parametrize(
    "flags, becomes",
    [([], "bystander"), (["--retry-collateral"], "bystander"), (["--no-retry-collateral"], "collateral")],
)
def test_a_call_beside_a_crash_is_run_again_unless_forbidden(host, gate, flags, becomes):
    lines = host.prompts("bystander", "crash")
    result = host("batch", CRASHING + ":neighbours", lines, "--concurrency", "2", *flags, **gate.environment)
    assert result.code == 1
    assert [outcome(line) for line in result.lines] == [becomes, "host_crashed"], result


def test_what_has_crashed_often_enough_is_quarantined(host, gate):
    run = host.start("batch", CRASHING, "-", "--quarantine-after", "2", stdin=subprocess.PIPE, **gate.environment)
    prompts = ["99", "99", "99", "99", "0"]
    for count, prompt in enumerate(prompts, 1):  # one after another: what is queued already is tried
        run.send('{"prompt":"%s"}\n' % prompt)
        wait_until(lambda count=count: run.stdout.count("\n") == count, "its result")
    kinds = [outcome(line) for line in run.end().lines]
    assert kinds == ["host_crashed", "host_crashed", "quarantined", "quarantined", 1]
    assert (gate.directory / "runs-99").read_text() == "xx"


def timed_out_host(run, gate):
    """The process whose code has timed out and cleans up, in a run that goes on."""
    run.send('{"prompt":"slow","timeout":2}\n')
    wait_until(lambda: run.stdout.count("\n") == 1, "the timeout")
    assert (gate.directory / "slow.begun").exists(), "else there is nothing to clean up"
    (line,) = lines_of(run.stdout)
    assert outcome(line) == "timeout"
    return line["pid"]


def start_slow(host, gate, grace):
    script = CRASHING + ":slow_to_end"
    return host.start("batch", script, "-", "--interrupt-grace", grace, stdin=subprocess.PIPE, **gate.environment)


def test_code_that_timed_out_has_its_grace_to_clean_up(host, gate):
    run = start_slow(host, gate, "3600")
    timed_out_host(run, gate)
    gate.open("clean")
    wait_until(lambda: (gate.directory / "cleaned").exists(), "it ends by itself")
    assert run.end().code == 1


def test_code_that_outstays_its_grace_is_killed(host, gate):
    run = start_slow(host, gate, "0.05")
    pid = timed_out_host(run, gate)
    wait_until(lambda: not alive(pid), "it is killed")
    assert run.end().code == 1
    assert not (gate.directory / "cleaned").exists()


@pytest.mark.no_sanitizer  # the check of virtual tables opens a pipe
def test_without_descriptors_the_exit_code_is_4_wherever_they_end(host):
    lines = host.prompts("a")
    codes = set()
    for limit in range(5, 24):
        command = f'ulimit -n {limit}; exec "$0" batch "$1" "$2" -o out.jsonl'
        script = provider("small.py")
        done = subprocess.run(
            ["bash", "-c", command, EXECUTABLE, script, lines],
            cwd=host.directory,
            env=host.environment,
            capture_output=True,
            text=True,
        )
        codes.add(done.returncode)
        assert done.returncode == 0 or "ulimit -n" in done.stderr, (limit, done)
    assert codes <= {0, 4}
