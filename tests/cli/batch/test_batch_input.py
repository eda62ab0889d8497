"""`provider-host batch`: inputs with faults."""

import json
import os
import subprocess

import pytest
from conftest import EXECUTABLE, provider

ECHO = provider("echo.py")


def test_a_bad_line_costs_itself_only(host):
    (host.directory / "in.jsonl").write_bytes(
        b'{"prompt": "good 1"}\n'
        b"\n"
        b"not json\n"
        b"[1, 2]\n"
        b'{"prompt": "\xff"}\n'
        b'{"id": 5}\n'
        b'{"id": 6, "prompt": 6}\n'
        b'{"prompt": "p", "options": 1}\n'
        b'{"prompt": "p", "vars": {"a": }}\n'
        b'{"prompt": "half \\ud83"}\n'
        b'   {"prompt": "good 2"}   \r\n'
        b'{"prompt": "good 3"'
    )
    result = host("batch", ECHO, "in.jsonl")
    assert result.code == 1
    assert [line["ok"] for line in result.lines] == [True, *[False] * 8, True, False]
    assert [line["index"] for line in result.lines] == list(range(11))
    failed = [line for line in result.lines if not line["ok"]]
    assert {line["error"]["kind"] for line in failed} == {"invalid_request"}
    numbers = [line["error"]["message"].partition(":")[0] for line in failed]
    assert numbers == [f"line {n}" for n in [3, 4, 5, 6, 7, 8, 9, 10, 12]]
    assert [line["id"] for line in failed[3:5]] == [5, 6]
    assert all((line["host"], line["pid"]) == (0, 0) for line in failed)
    assert [line["result"]["output"] for line in result.lines if line["ok"]] == ["good 1", "good 2"]


def test_byte_order_mark_and_windows_line_ends_are_no_faults(host):
    (host.directory / "in.jsonl").write_bytes(b'\xef\xbb\xbf{"prompt":"a"}\r\n\r\n{"prompt":"b"}\r\n')
    result = host("batch", ECHO, "in.jsonl")
    assert [line["result"]["output"] for line in result.lines] == ["a", "b"]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_input_is_nothing_to_do(host, content):
    (host.directory / "in.jsonl").write_text(content)
    result = host("batch", ECHO, "in.jsonl", "-o", "out.jsonl")
    assert (result.code, result.stdout) == (0, "")
    assert "has no calls; nothing to do" in result.stderr
    assert (host.directory / "out.jsonl").read_bytes() == b""
    assert host("batch", ECHO, "-", input=content).code == 0


def test_inputs_that_cannot_be_read(host):
    for name in ["nowhere.jsonl", str(host.directory), "no/such/directory.txt"]:
        result = host("batch", ECHO, name)
        assert (result.code, result.stdout) == (2, "")
        assert f"cannot read the input '{name}'" in result.stderr
    (host.directory / "utf16.jsonl").write_text('{"prompt":"a"}', encoding="utf-16")
    assert "UTF-16" in host("batch", ECHO, "utf16.jsonl").stderr
    closed = subprocess.run(
        ["sh", "-c", '"$0" batch "$1" - <&-', EXECUTABLE, ECHO], capture_output=True, text=True, env=host.environment
    )
    assert closed.returncode == 2, closed.stderr
    with open(host.directory / "written", "wb") as write_only:
        result = subprocess.run(
            [EXECUTABLE, "batch", ECHO, "-"], stdin=write_only, capture_output=True, text=True, env=host.environment
        )
    assert result.returncode == 2, result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_input_without_permission_cannot_be_read(host):
    path = host.prompts("a")
    path.chmod(0)
    assert host("batch", ECHO, path).code == 2


def test_a_text_input_needs_an_api(host):
    (host.directory / "in.txt").write_text("a\n")
    result = host("batch", f"{ECHO}:add", "in.txt", "--api", "none")
    assert result.code == 2
    assert "must be .jsonl" in result.stderr


def test_text_lines_that_are_no_utf8_cost_themselves_only(host):
    (host.directory / "in.txt").write_bytes(b"a\n\xff\xfe\nb\n")
    result = host("batch", ECHO, "in.txt")
    assert [line["ok"] for line in result.lines] == [True, False, True]
    assert result.lines[1]["error"]["message"] == "line 2: it is not valid UTF-8"


def test_unknown_fields_are_named_once(host):
    lines = host.write("in.jsonl", *({"prompt": "p", "promt": "q", "tags": []} for _ in range(3)))
    result = host("batch", ECHO, lines)
    assert result.code == 0
    assert result.stderr.count("'promt'") == 1
    assert result.stderr.count("'tags'") == 1


@pytest.mark.no_sanitizer
def test_a_line_beyond_the_frame_limit_costs_itself_only_and_little_memory(host):
    output = host.directory / "out.jsonl"
    process = subprocess.Popen(
        [EXECUTABLE, "batch", provider("small.py"), "-", "-o", output],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=host.environment,
    )
    process.stdin.write(b'{"prompt":"before"}\n{"prompt":"')
    block = b"x" * (1 << 20)
    for _ in range(450):
        process.stdin.write(block)
    process.stdin.write(b'"}\n{"prompt":"after"}\n')
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 1
    assert usage.ru_maxrss < 400 << 10, "450 MB of a line must not be held"
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert [line["ok"] for line in lines] == [True, False, True]
    assert "line 2: it is longer than the frame limit" in lines[1]["error"]["message"]


def test_a_huge_prompt_is_sent_once(host):
    # promptfoo's context repeats the prompt twice, which would be more than the frame limit.
    lines = host.write("in.jsonl", {"prompt": "x" * 100_000_000}, {"prompt": "after"})
    result = host("batch", provider("small.py"), lines)
    assert [line["ok"] for line in result.lines] == [True, True]


@pytest.mark.parametrize("text", [r"\ud800", r"a\udfff\ud800", r"\ud83d\ude00"])
def test_half_a_surrogate_pair_reaches_the_script_as_json_loads_gives_it(host, text):
    lines = host.directory / "in.jsonl"
    lines.write_text('{"prompt":"%s","vars":{"v":"%s"}}\n' % (text, text))
    script = host.directory / "script.py"
    script.write_text(
        "def call_api(prompt, options, context):\n    return {'output': [ascii(prompt), ascii(context['vars']['v'])]}\n"
    )
    result = host("batch", script, lines)
    expected = ascii(json.loads(f'"{text}"'))
    assert result.lines[0]["result"]["output"] == [expected, expected]
