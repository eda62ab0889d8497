"""`provider-host batch`: where results go, and going on where a run stopped."""

import json
import os
import signal
import subprocess

import pytest
from conftest import EXECUTABLE, alive, lines_of, provider, wait_until

ECHO = provider("echo.py")
SMALL = provider("small.py")


def test_an_output_file_is_overwritten_without_resume(host):
    (host.directory / "out.jsonl").write_text("something else\n" * 1000)
    result = host("batch", SMALL, host.prompts("a"), "-o", "out.jsonl")
    assert (result.code, result.stdout) == (0, "")
    assert len(lines_of((host.directory / "out.jsonl").read_text())) == 1


def test_an_output_file_survives_a_run_that_cannot_start(host):
    (host.directory / "out.jsonl").write_text("precious\n")
    assert host("batch", provider("raises_at_import.py"), host.prompts("a"), "-o", "out.jsonl").code == 3
    assert host("batch", SMALL, "nowhere.jsonl", "-o", "out.jsonl").code == 2
    assert host("batch", SMALL, host.prompts("a"), "-o", "out.jsonl", "--python", "/no/python").code == 2
    assert (host.directory / "out.jsonl").read_text() == "precious\n"


def test_outputs_that_cannot_be_written_are_known_before_a_host_starts(host, gate):
    for name in [str(host.directory), "no/such/directory/out.jsonl", "/proc/out.jsonl"]:
        result = host("batch", provider("gate.py"), host.prompts("a"), "-o", name, **gate.environment)
        assert result.code == 2
        assert f"cannot write the output '{name}'" in result.stderr
    assert gate.pids() == []


def test_the_input_is_never_overwritten(host):
    path = host.prompts("a")
    result = host("batch", SMALL, path, "-o", path)
    assert result.code == 2
    assert "the same file" in result.stderr
    assert json.loads(path.read_text()) == {"prompt": "a"}


def test_two_runs_cannot_share_an_output_file(host, gate):
    first = host.start("batch", provider("gate.py"), host.prompts("wait"), "-o", "out.jsonl", **gate.environment)
    gate.wait_for("wait")
    for extra in [[], ["--resume"]]:
        second = host("batch", SMALL, host.prompts("b", name="b.jsonl"), "-o", "out.jsonl", *extra)
        assert second.code == 2
        assert "in use by another run" in second.stderr
    gate.open("wait")
    assert first.end().code == 0
    assert lines_of((host.directory / "out.jsonl").read_text())[0]["result"] == {"output": "wait"}


def test_a_full_disk_ends_the_run_with_4(host):
    lines = host.prompts(*map(str, range(2000)))
    result = host("batch", SMALL, lines, "-o", "/dev/full")
    assert result.code == 4
    assert "No space left on device" in result.stderr


def test_a_disk_that_fills_up_keeps_whole_lines(host):
    # A limit on the size of files is the nearest to a disk that fills up; the signal for it is ignored here.
    command = 'trap "" XFSZ; ulimit -f 8; exec "$0" batch "$1" "$2" -o out.jsonl'
    lines = host.prompts(*map(str, range(2000)))
    done = subprocess.run(
        ["bash", "-c", command, EXECUTABLE, SMALL, lines],
        cwd=host.directory,
        env=host.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 4, done.stderr
    assert "File too large; raise the limit on the size of files (ulimit -f), then go on with --resume" in done.stderr
    result = host("batch", SMALL, lines, "-o", "out.jsonl", "--resume")
    assert result.code == 0
    indexes = [line["index"] for line in lines_of((host.directory / "out.jsonl").read_text())]
    assert indexes == list(range(2000))


def test_a_reader_that_goes_away_is_no_fault(host):
    lines = host.prompts(*map(str, range(5000)))
    done = subprocess.run(
        ["bash", "-c", '"$0" batch "$1" "$2" | head -n 1; echo "${PIPESTATUS[0]}"', EXECUTABLE, ECHO, lines],
        capture_output=True,
        text=True,
        env=host.environment,
    )
    first, code = done.stdout.splitlines()
    assert code == "0"
    assert done.stderr == ""
    pid = json.loads(first)["pid"]
    wait_until(lambda: not alive(pid), "the host is gone")


def test_resume_makes_only_what_is_missing(host, gate):
    lines = host.prompts(*(f"p{i}" for i in range(10)))
    output = host.directory / "out.jsonl"
    host("batch", provider("gate.py"), lines, "-o", output, **gate.environment)
    kept = output.read_text().splitlines(keepends=True)
    # Lines 0, 1, 5 are there, and the start of another one.
    output.write_text(kept[0] + kept[5] + kept[1] + kept[7][:-9])
    before = len(gate.begun)
    result = host("batch", provider("gate.py"), lines, "-o", output, "--resume", **gate.environment)
    assert result.code == 0
    assert "holds 3 calls already" in result.stderr
    assert gate.begun[before:] == ["p2", "p3", "p4", "p6", "p7", "p8", "p9"]
    indexes = [line["index"] for line in lines_of(output.read_text())]
    assert indexes == [0, 5, 1, 2, 3, 4, 6, 7, 8, 9]
    again = host("batch", provider("gate.py"), lines, "-o", output, "--resume", **gate.environment)
    assert again.code == 0
    assert len(gate.begun) == before + 7


def test_resume_starts_from_the_beginning_when_there_is_nothing(host):
    assert host("batch", SMALL, host.prompts("a", "b"), "-o", "new.jsonl", "--resume").code == 0
    assert len(lines_of((host.directory / "new.jsonl").read_text())) == 2


@pytest.mark.parametrize("torn", ["{", '{"index":1', '{"index":12,"id":null,"ok":true,"resu'])
def test_resume_cuts_a_torn_line_wherever_it_is_torn(host, torn):
    lines = host.prompts("a", "b")
    output = host.directory / "out.jsonl"
    host("batch", SMALL, lines, "-o", output)
    output.write_text(output.read_text().splitlines(keepends=True)[0] + torn)
    assert host("batch", SMALL, lines, "-o", output, "--resume").code == 0
    assert [line["index"] for line in lines_of(output.read_text())] == [0, 1]


@pytest.mark.parametrize(
    "content", ["shopping list", "a\nb\n", '{"prompt":"a"}\n', '{"index":0}\n', '{"index":"x","ok":true}\n']
)
def test_resume_refuses_a_file_that_is_something_else_and_leaves_it_alone(host, content):
    output = host.directory / "notes.txt"
    output.write_text(content)
    result = host("batch", SMALL, host.prompts("a"), "-o", output, "--resume")
    assert result.code == 2
    assert "is no output of a batch" in result.stderr
    assert output.read_text() == content


def test_the_exit_code_of_a_resumed_run_speaks_for_the_whole_file(host):
    lines = host.prompts("raise", "a")
    output = host.directory / "out.jsonl"
    assert host("batch", provider("failing.py"), lines, "-o", output).code == 1
    output.write_text(output.read_text().splitlines(keepends=True)[0])
    assert host("batch", provider("failing.py"), lines, "-o", output, "--resume").code == 1


def test_resume_warns_when_the_file_holds_more_than_the_input(host):
    output = host.directory / "out.jsonl"
    host("batch", SMALL, host.prompts("a", "b", "c"), "-o", output)
    result = host("batch", SMALL, host.prompts("a", name="short.jsonl"), "-o", output, "--resume")
    assert "do they belong together?" in result.stderr


@pytest.mark.parametrize("options", [[], ["--unordered", "--workers", "2"]])
def test_a_killed_run_is_resumed_without_loss_or_doubling(host, gate, options):
    prompts = [f"p{i}" for i in range(400)]
    prompts[100], prompts[300] = "wait-1", "wait-2"
    lines = host.prompts(*prompts)
    output = host.directory / "out.jsonl"
    arguments = ["batch", provider("gate.py"), lines, "-o", output, *options]
    for held_at in ["wait-1", "wait-2"]:
        run = host.start(*arguments, "--resume", **gate.environment)
        gate.wait_for(held_at)
        wait_until(lambda: output.read_bytes().count(b"\n") >= prompts.index(held_at) - 64, "results are written")
        hosts = gate.pids()
        run.signal(signal.SIGKILL)
        assert run.process.wait() == -signal.SIGKILL
        wait_until(lambda: not any(map(alive, hosts)), "the hosts die with their parent")
        gate.open(held_at)
    assert host(*arguments, "--resume", **gate.environment).code == 0
    results = lines_of(output.read_text())
    assert sorted(line["index"] for line in results) == list(range(400))
    assert {line["index"]: line["result"]["output"] for line in results} == dict(enumerate(prompts))
    assert not any(map(alive, gate.pids()))


def test_a_pipe_that_nobody_empties_holds_the_run_but_no_more(host):
    reader, writer = os.pipe()
    lines = host.prompts(*map(str, range(3000)))
    process = subprocess.Popen(
        [EXECUTABLE, "batch", ECHO, lines, "--log-level", "off"],
        stdout=writer,
        stderr=subprocess.PIPE,
        env=host.environment,
    )
    os.close(writer)
    with open(reader) as results:
        first = results.readline()
        assert json.loads(first)["index"] == 0
        rest = results.readlines()
    assert len(rest) == 2999
    assert process.wait() == 0
    process.stderr.close()
