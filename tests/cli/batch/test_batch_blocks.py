"""`provider-host batch`: lines are passed on in blocks, which neither delay nor mix up anything."""

import json
import random
import subprocess

from conftest import lines_of, provider, wait_until

ECHO = provider("echo.py")


def test_lines_of_a_slow_pipe_are_called_as_soon_as_they_are_complete(host):
    run = host.start("batch", ECHO, "-", "--workers", "1", stdin=subprocess.PIPE)
    prompts = ["one", "two", "three", "four"]
    lines = [json.dumps({"prompt": prompt}) + "\n" for prompt in prompts]
    run.send(lines[0] + lines[1][:9])
    wait_until(lambda: run.stdout.count("\n") == 1, "the result of the line that is complete")
    run.send(lines[1][9:-1])
    run.send("\n" + lines[2] + lines[3][:-1])
    wait_until(lambda: run.stdout.count("\n") == 3, "the results of two more")
    result = run.end()
    assert result.code == 0
    assert [line["result"]["output"] for line in result.lines] == prompts, "the last one has no line end"


def test_small_and_large_lines_keep_their_order(host):
    sizes = random.Random(7)
    prompts = [f"{i}:" + "x" * sizes.choice([0, 10, 10, 200, 64 << 10, 65_000, 300_000]) for i in range(400)]
    result = host("batch", ECHO, host.prompts(*prompts), "--workers", "2")
    assert result.code == 0
    assert [line["result"]["output"] for line in lines_of(result.stdout)] == prompts


def test_bad_lines_between_the_lines_of_a_block_keep_their_places(host):
    texts = ["bad" if i % 3 == 1 else json.dumps({"id": i, "prompt": f"p{i}"}) for i in range(300)]
    result = host("batch", ECHO, host.write("in.jsonl", *texts))
    assert result.code == 1
    assert [line["index"] for line in result.lines] == list(range(300))
    assert [line["ok"] for line in result.lines] == [i % 3 != 1 for i in range(300)]
    assert [line["id"] for line in result.lines] == [None if i % 3 == 1 else i for i in range(300)]
