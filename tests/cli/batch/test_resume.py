"""`batch --resume` and `--retry-failed`: what is kept belongs to the input, and what failed is made again."""

import json
import os
import subprocess
import zlib

import pytest
from conftest import EXECUTABLE, lines_of, provider, wait_until

SMALL = provider("small.py")
ECHO = provider("echo.py")
FAILING = provider("failing.py")


@pytest.fixture
def output(host):
    return host.directory / "out.jsonl"


def keep(output, count):
    """As if the run had been killed after so many lines."""
    output.write_text("".join(output.read_text().splitlines(keepends=True)[:count]))


def resume(host, lines, output, *extra, script=ECHO, **options):
    return host("batch", script, lines, "-o", output, *(extra or ["--resume"]), **options)


def outputs(output):
    return [line["result"]["output"] if line["ok"] else line["error"]["kind"] for line in lines_of(output.read_text())]


def test_a_line_of_a_file_has_the_crc_of_its_input_line(host, output):
    text = '{"prompt": "żółw"}'
    (host.directory / "in.jsonl").write_text(f"  {text} \r\n\n{text}\n")
    host("batch", SMALL, "in.jsonl", "-o", output, "--capture")
    expected = f"{zlib.crc32(text.encode()):08x}"
    lines = lines_of(output.read_text())
    assert [line["input_crc32"] for line in lines] == [expected, expected]
    names = ["index", "id", "ok", "result", "latency_ms", "host", "pid", "input_crc32", "stdout", "stderr"]
    assert list(lines[0]) == names
    assert "input_crc32" not in host("batch", SMALL, "in.jsonl").stdout


@pytest.mark.parametrize(
    "before, after, differing",
    [
        ([{"prompt": "a"}, {"prompt": "b"}, {"prompt": "c"}], [{"prompt": "a"}, {"prompt": "B"}, {"prompt": "c"}], 2),
        ([{"prompt": "a"}, {"prompt": "b"}], [{"prompt": "new"}, {"prompt": "a"}, {"prompt": "b"}], 1),
        ([{"id": 1, "prompt": "a"}, {"id": 2, "prompt": "b"}], [{"id": 1, "prompt": "a"}, {"id": 3, "prompt": "b"}], 2),
        ([{"id": 1, "prompt": "a"}], [{"prompt": "a"}], 1),
        ([{"prompt": "a"}], [{"id": 1, "prompt": "a"}], 1),
        (["no JSON", {"prompt": "b"}, {"prompt": "c"}], [{"prompt": "a"}, {"prompt": "b"}, {"prompt": "c"}], 1),
    ],
)
def test_a_changed_input_is_refused_with_the_line_that_differs(host, output, before, after, differing):
    host("batch", ECHO, host.write("in.jsonl", *before), "-o", output)
    held = output.read_text()
    lines = host.write("in.jsonl", *after)
    result = resume(host, lines, output)
    assert result.code == 2, result
    assert f"line {differing} of '{lines}' is not the one" in result.stderr
    assert "--resume=force" in result.stderr
    assert output.read_text() == held
    piped = resume(host, "-", output, input=lines.read_text())
    assert piped.code == 2
    assert f"line {differing} of '-' is not the one" in piped.stderr


def test_force_keeps_what_is_there_and_goes_on(host, output):
    host("batch", ECHO, host.prompts("a", "b"), "-o", output)
    result = resume(host, host.prompts("A", "B", "c"), output, "--resume=force")
    assert result.code == 0
    assert "line 1 of" in result.stderr
    assert outputs(output) == ["a", "b", "c"]


def test_what_resume_can_be_is_told(host, output):
    result = resume(host, host.prompts("a"), output, "--resume=maybe")
    assert result.code == 2
    assert "--resume=force" in result.stderr


def test_white_space_and_blank_lines_are_no_change(host, output):
    lines = host.prompts("a", "b", "c")
    host("batch", ECHO, lines, "-o", output)
    keep(output, 2)
    (host.directory / "input.jsonl").write_bytes(b'\n{"prompt": "a"}\r\n\r\n   {"prompt": "b"}\n{"prompt": "c"}')
    assert resume(host, lines, output).code == 0
    assert outputs(output) == ["a", "b", "c"]


def test_more_lines_at_the_end_are_no_change(host, output):
    host("batch", ECHO, host.prompts("a"), "-o", output)
    assert resume(host, host.prompts("a", "b"), output).code == 0
    assert outputs(output) == ["a", "b"]


def test_the_same_ids_with_other_content_are_told_and_kept(host, output):
    host("batch", ECHO, host.write("in.jsonl", {"id": "x", "prompt": "a"}, {"id": "é", "prompt": "b"}), "-o", output)
    lines = host.write("in.jsonl", {"id": "x", "prompt": "A"}, '{"id": "\\u00e9", "prompt": "B"}')
    result = resume(host, lines, output)
    assert result.code == 0
    assert "2 lines of the input changed since, but not in their ids" in result.stderr
    assert "line 1" in result.stderr
    assert outputs(output) == ["a", "b"]


def without_digest(output):
    lines = [{key: line[key] for key in line if key != "input_crc32"} for line in lines_of(output.read_text())]
    output.write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_files_of_earlier_versions_are_resumed_and_compared_by_id(host, output):
    lines = host.write("in.jsonl", {"prompt": "a"}, {"id": 7, "prompt": "b"}, {"prompt": "c"})
    host("batch", ECHO, lines, "-o", output)
    keep(output, 2)
    without_digest(output)
    result = resume(host, lines, output)
    assert result.code == 0
    assert "1 line of the input cannot be compared" in result.stderr
    assert outputs(output) == ["a", "b", "c"]
    changed = host.write("in.jsonl", {"prompt": "a"}, {"id": 8, "prompt": "b"}, {"prompt": "c"})
    assert "it has the id 8" in resume(host, changed, output).stderr


def test_double_and_torn_lines_are_told(host, output):
    lines = host.prompts("a", "b", "c")
    host("batch", ECHO, lines, "-o", output)
    first, second, third = output.read_text().splitlines(keepends=True)
    output.write_text(first + second + second + first + third[:-30])
    result = resume(host, lines, output)
    assert result.code == 0
    assert "has 2 lines for calls that have a later line too (the first: index 0)" in result.stderr
    assert "the last line of" in result.stderr and "was torn" in result.stderr
    assert lines_of(output.read_text())[-1]["index"] == 2


def test_a_line_torn_in_the_middle_of_the_file_is_named(host, output):
    lines = host.prompts("a", "b")
    host("batch", ECHO, lines, "-o", output)
    first, second = output.read_text().splitlines(keepends=True)
    output.write_text(first[:-20] + "\n" + second)
    result = resume(host, lines, output)
    assert result.code == 2
    assert "line 1" in result.stderr
    assert "remove that line" in result.stderr


# --- --retry-failed


def test_retry_failed_makes_what_failed_again_and_nothing_else(host, output, gate):
    first = {"prompt": "a", "function": "nothing"}
    lines = host.write("in.jsonl", {"prompt": "0"}, first, {"prompt": "2"}, "no JSON", {"prompt": "4"})
    assert host("batch", provider("gate.py"), lines, "-o", output, **gate.environment).code == 1
    assert gate.begun == ["0", "2", "4"]
    lines = host.write("in.jsonl", {"prompt": "0"}, {"prompt": "1"}, {"prompt": "2"}, {"prompt": "3"}, {"prompt": "4"})
    result = resume(host, lines, output, "--retry-failed", script=provider("gate.py"), **gate.environment)
    assert result.code == 0, result
    assert "holds 3 calls already" in result.stderr
    assert "2 failed calls are made again" in result.stderr
    assert gate.begun[3:] == ["1", "3"]
    assert outputs(output) == ["0", "1", "2", "3", "4"]
    assert [line["index"] for line in lines_of(output.read_text())] == [0, 1, 2, 3, 4]
    assert sorted(path.name for path in host.directory.iterdir()) == ["gate", "in.jsonl", "out.jsonl"]


def test_retry_failed_counts_provider_errors_as_failures(host, output):
    lines = host.prompts("provider error", "a", "raise")
    assert host("batch", FAILING, lines, "-o", output).code == 1
    result = resume(host, lines, output, "--retry-failed", script=ECHO)
    assert result.code == 0, result
    assert outputs(output) == ["provider error", "a", "raise"]


def test_what_fails_again_is_there_once(host, output):
    lines = host.prompts("raise", "a")
    host("batch", FAILING, lines, "-o", output)
    for _ in range(2):
        assert resume(host, lines, output, "--retry-failed", script=FAILING).code == 1
        assert outputs(output) == ["python_exception", "a"]


def test_retry_failed_without_a_failure_or_a_file(host, output):
    lines = host.prompts("a")
    assert resume(host, lines, output, "--retry-failed").code == 0
    before = output.read_text()
    assert resume(host, lines, output, "--retry-failed").code == 0
    assert output.read_text() == before
    assert host("batch", ECHO, lines, "--retry-failed").code == 2


def test_retry_failed_refuses_a_changed_line_that_is_kept(host, output):
    host("batch", FAILING, host.prompts("raise", "a"), "-o", output)
    result = resume(host, host.prompts("mended", "b"), output, "--retry-failed")
    assert result.code == 2
    assert "line 2 of" in result.stderr
    assert resume(host, host.prompts("mended", "a"), output, "--retry-failed").code == 0
    assert outputs(output) == ["mended", "a"]


def test_a_retry_keeps_links_and_rights(host, output):
    (host.directory / "real").mkdir()
    real = host.directory / "real" / "file"
    os.symlink(real, output)
    lines = host.prompts("raise", "a")
    host("batch", FAILING, lines, "-o", output)
    real.chmod(0o640)
    assert resume(host, lines, output, "--retry-failed").code == 0
    assert output.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert outputs(output) == ["raise", "a"]


def test_a_retry_that_is_killed_loses_nothing(host, output, gate):
    lines = host.write(
        "in.jsonl", {"prompt": "x", "function": "nothing"}, {"prompt": "a"}, {"prompt": "wait", "function": "no"}
    )
    host("batch", provider("gate.py"), lines, "-o", output, **gate.environment)
    lines = host.prompts("x", "a", "wait", name="in.jsonl")
    arguments = ["batch", provider("gate.py"), lines, "-o", output]
    run = host.start(*arguments, "--retry-failed", **gate.environment)
    gate.wait_for("wait")
    wait_until(lambda: output.read_bytes().count(b"\n") == 4, "the first one's new result is written")
    run.process.kill()
    run.process.wait()
    gate.open("wait")
    result = resume(host, lines, output, "--retry-failed", script=provider("gate.py"), **gate.environment)
    assert result.code == 0, result
    assert gate.begun == ["a", "x", "wait", "wait"]
    assert outputs(output) == ["x", "a", "wait"]


# --- disks


def test_a_full_disk_says_how_to_go_on(host):
    result = host("batch", SMALL, host.prompts(*map(str, range(2000))), "-o", "/dev/full")
    assert result.code == 4
    assert "free some space" in result.stderr
    assert "--resume" in result.stderr


def test_an_output_that_cannot_grow_any_more_is_gone_on_with_as_it_was_begun(host, output):
    # A limit on the size of files is the nearest to a disk that fills up.
    lines = host.write("input.jsonl", *({"prompt": str(number)} for number in range(2000)))
    command = [str(EXECUTABLE), "batch", str(SMALL), str(lines), "-o", str(output), "--retry-failed"]
    script = 'ulimit -f 8; exec "$@"'
    ended = subprocess.run(["bash", "-c", script, "bash", *command], capture_output=True, text=True, cwd=host.directory)
    assert ended.returncode == 4, ended
    assert "(ulimit -f), then go on with --retry-failed" in ended.stderr
