"""`provider-host batch`: what goes in comes out."""

import json
import os
import subprocess

import pytest
from conftest import EXECUTABLE, lines_of, provider, wait_until

ECHO = provider("echo.py")


def test_results_come_in_the_order_of_the_input(host):
    prompts = [f"prompt {i}" for i in range(300)]
    result = host("batch", ECHO, host.prompts(*prompts), "--workers", "2")
    assert result.code == 0
    assert [line["index"] for line in result.lines] == list(range(300))
    assert [line["result"]["output"] for line in result.lines] == prompts
    assert {line["host"] for line in result.lines} <= {1, 2}
    assert list(result.lines[0]) == ["index", "id", "ok", "result", "latency_ms", "host", "pid"]


def test_the_end_is_one_summary_line(host):
    script = provider("failing.py")
    result = host("batch", script, host.prompts("a", "raise", "crash", "provider error", "b"))
    assert result.code == 1
    summary = result.stderr.splitlines()[-1]
    assert summary.startswith("5 calls in ")
    assert summary.endswith("): 3 ok, 2 failed (1 python_exception, 1 host_crashed), 1 provider error, 1 restart")
    assert [line["ok"] for line in result.lines] == [True, False, False, True, True]
    assert result.lines[1]["error"]["type"] == "ValueError"
    assert result.lines[2]["error"]["kind"] == "host_crashed"


def test_all_fields_of_a_line_arrive(host):
    lines = host.write(
        "in.jsonl",
        {"id": "x", "prompt": "p", "options": {"config": {"b": 2}}, "context": {"test": 1}, "vars": {"v": [1]}},
    )
    result = host("batch", ECHO, lines, "--config", "a=1", "--var", "v=0", "--var", "w=1").lines[0]
    assert result["id"] == "x"
    identity = {"id": f"file://{ECHO}", "label": "echo.py"}
    assert result["result"]["options"] == {"config": {"b": 2}, **identity}
    context = result["result"]["context"]
    assert context.pop("evaluationId").startswith("eval-")
    assert context == {
        "vars": {"v": [1], "w": "1"},
        "test": 1,
        "prompt": {"raw": "p", "label": "p"},
        "testCaseId": "x",
        "testIdx": 0,
        "repeatIndex": 0,
        "promptIdx": 0,
    }


def test_lines_may_name_functions_and_timeouts(host, gate):
    lines = host.write(
        "in.jsonl",
        {"prompt": "a", "function": "shout"},
        {"prompt": "b", "function": "Polite.greet"},
        {"prompt": "c", "function": "nothing"},
    )
    result = host("batch", ECHO, lines)
    assert [line.get("result") for line in result.lines] == [{"output": "A"}, {"output": "Good day, b"}, None]
    assert result.lines[2]["error"]["kind"] == "function_not_found"
    slow = host.write("slow.jsonl", {"prompt": "wait", "timeout": 0.2}, {"prompt": "next"})
    result = host("batch", provider("gate.py"), slow, **gate.environment)
    assert result.lines[0]["error"]["kind"] == "timeout"
    assert result.lines[1]["ok"]


def test_ids_are_given_back_as_they_were_written(host):
    ids = ['"żółw"', "12345678901234567890123", "1.50", "true", "null", '"\\u00e9"']
    lines = host.write("in.jsonl", *(f'{{"id":{raw},"prompt":"p"}}' for raw in ids))
    result = host("batch", provider("small.py"), lines)
    assert [line.partition('"id":')[2].partition(',"ok"')[0] for line in result.stdout.splitlines()] == ids


def test_arguments_without_an_api(host):
    lines = host.write(
        "in.jsonl", {"args": [1, 2]}, {"args": []}, {"args": ["a"], "function": "same"}, {"prompt": "p"}, {"args": {}}
    )
    result = host("batch", f"{ECHO}:add", lines, "--api", "none")
    assert [line.get("result") for line in result.lines] == [3, 0, ["a"], None, None]
    assert "line 4" in result.lines[3]["error"]["message"]


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧 🏳️‍🌈",
        "e\u0301 ñ",
        "مرحبا بالعالم",
        "你好，世界",
        "\u0000",
        "a\u0000b",
        "\u2028\u2029\ufeff",
        "\U0010ffff",
    ],
)
def test_any_text_makes_the_round_trip(host, text):
    result = host("batch", ECHO, host.write("in.jsonl", {"prompt": text, "id": text}, json.dumps({"prompt": text})))
    assert [line["result"]["output"] for line in result.lines] == [text, text]
    assert result.lines[0]["id"] == text


def test_a_text_file_has_one_prompt_a_line(host):
    (host.directory / "in.txt").write_bytes('\ufefffirst\r\n\r\n{"prompt": 1}\nlast'.encode())
    result = host("batch", ECHO, "in.txt")
    assert [line["result"]["output"] for line in result.lines] == ["first", "", '{"prompt": 1}', "last"]


def test_standard_input_is_read_as_it_comes(host, gate):
    run = host.start("batch", ECHO, "-", stdin=subprocess.PIPE)
    for prompt in ["one", "two"]:
        run.send(json.dumps({"prompt": prompt}) + "\n")
        wait_until(lambda: f'"output":"{prompt}"' in run.stdout, prompt)
    assert run.end().code == 0


def test_unordered_results_do_not_wait_for_a_slow_one(host, gate):
    lines = host.prompts("wait", "a", "b")
    run = host.start("batch", provider("gate.py"), lines, "--workers", "2", "--unordered", **gate.environment)
    wait_until(lambda: run.stdout.count("\n") == 2, "two results")
    gate.open("wait")
    assert [line["index"] for line in run.end().lines] == [1, 2, 0]


def test_capture_puts_prints_beside_their_result(host):
    result = host("batch", provider("printing.py"), host.prompts("a", "b"), "--capture")
    assert [line["stdout"] for line in result.lines] == ["out a\n", "out b\n"]
    assert [line["stderr"] for line in result.lines] == ["err a\n", "err b\n"]
    assert list(result.lines[0])[-2:] == ["stdout", "stderr"]


def test_any_bytes_may_be_printed_and_captured(host):
    result = host("batch", provider("printing.py"), host.prompts("any bytes", "json"), "--capture")
    assert result.code == 0
    assert "\ufffd" in result.lines[0]["stdout"]
    assert len(result.lines) == 2
    assert len(host("batch", provider("printing.py"), host.prompts("any bytes", "json")).lines) == 2


def test_workers_come_from_the_environment_and_the_option_wins(host, gate):
    lines = host.prompts("wait-1", "wait-2")
    run = host.start("batch", provider("gate.py"), lines, PROVIDER_HOST_WORKERS="2", **gate.environment)
    gate.wait_for("wait-1")
    gate.wait_for("wait-2")  # both at once: there are two hosts
    gate.open("wait-1", "wait-2")
    assert len({line["pid"] for line in run.end().lines}) == 2
    result = host("batch", ECHO, host.prompts("a", "b", "c"), "--workers", "1", PROVIDER_HOST_WORKERS="2")
    assert len({line["pid"] for line in result.lines}) == 1


def test_fifty_megabytes_go_in_and_out(host):
    size = 50_000_000
    lines = host.write(
        "in.jsonl",
        {"prompt": "x" * size, "options": {"config": {"kind": "length"}}, "context": {"prompt": {}}},
        {"prompt": "p", "options": {"config": {"kind": "large", "bytes": size}}},
    )
    result = host("batch", provider("values.py"), lines)
    assert result.lines[0]["result"]["output"] == size
    assert len(result.lines[1]["result"]["output"]) == size // 2


def test_deep_values_cost_only_their_line(host):
    deep = "[" * 50_000 + "]" * 50_000
    lines = host.write(
        "in.jsonl",
        f'{{"prompt":"p","vars":{{"v":{deep}}}}}',
        {"prompt": "q"},
        {"prompt": "r", "options": {"config": {}}, "vars": {"v": json.loads("[" * 500 + "]" * 500)}},
    )
    result = host("batch", ECHO, lines)
    assert [line["ok"] for line in result.lines] == [False, True, True]
    assert "line 1: " in result.lines[0]["error"]["message"]


def test_a_host_that_dies_again_and_again_costs_only_its_calls(host):
    prompts = ["crash" if i % 3 == 1 else f"p{i}" for i in range(12)]
    result = host("batch", provider("failing.py"), host.prompts(*prompts), "--workers", "2")
    assert [line["ok"] for line in result.lines] == [prompt != "crash" for prompt in prompts]
    assert {line["error"]["kind"] for line in result.lines if not line["ok"]} == {"host_crashed"}


def peak_memory(host, lines):
    """Peak resident memory of the executable itself, in KiB."""
    path = host.directory / "in.jsonl"
    with path.open("w") as file:
        for i in range(lines):
            file.write(json.dumps({"id": i, "prompt": "x" * 200}) + "\n")
    output = host.directory / "out.jsonl"
    arguments = [EXECUTABLE, "batch", provider("small.py"), path, "-o", output, "--log-level", "off"]
    pid = os.posix_spawn(EXECUTABLE, arguments, host.environment)
    _, status, usage = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert [line["id"] for line in lines_of(output.read_text())] == list(range(lines))
    return usage.ru_maxrss


@pytest.mark.no_sanitizer
def test_memory_does_not_grow_with_the_input(host):
    few, many = peak_memory(host, 2_000), peak_memory(host, 40_000)
    assert many < few * 1.2 + 4096, f"{few} KiB for 2,000 lines, {many} KiB for 40,000"


def test_no_call_fails_for_a_full_queue(host, gate):
    script = host.write(
        "held.py",
        "import asyncio, os, pathlib",
        "GATE = pathlib.Path(os.environ['GATE_DIRECTORY'], 'all.open')",
        "async def call_api(prompt, options, context):",
        "    while not GATE.exists():",
        "        await asyncio.sleep(0.5)",
        "    return {'output': 1}",
    )
    arguments = ["--concurrency", "4000", "--stats-json", "stats.json"]
    run = host.start("batch", script, "-", *arguments, stdin=subprocess.PIPE, **gate.environment)
    line = json.dumps({"prompt": "x" * 1000}) + "\n"
    run.send(line * 15_000)  # the pipe holds few of them, so nearly all are submitted when this returns
    gate.open("all")
    assert run.end().code == 0
    assert json.loads((host.directory / "stats.json").read_text())["succeeded"] == 15_000
