"""`batch --shard I/N`: each call is made by exactly one shard, and everything else is as in a batch of all calls."""

import gzip
import json
import re

import pytest
from conftest import lines_of, provider, wait_until

ECHO = provider("echo.py")
FAILING = provider("failing.py")
GATE = provider("gate.py")


@pytest.fixture
def output(host):
    return host.directory / "out.jsonl"


def indexes(output):
    return [line["index"] for line in lines_of(output.read_text())]


@pytest.mark.parametrize(
    "shard, said",
    [
        ("3/3", "there is no shard 3/3: I counts from 0, so the shards of 3 are 0/3 to 2/3"),
        ("1/1", "the only shard of 1 is 0/1"),
        ("3", "must be I/N, such as 0/3, 1/3 and 2/3"),
        ("/3", "must be I/N"),
        ("1/0", "must be I/N"),
        ("-1/3", "must be I/N"),
        ("", "--shard"),
    ],
)
def test_a_shard_that_does_not_exist_is_refused(host, output, shard, said):
    result = host("batch", ECHO, host.prompts("a"), "-o", output, "--shard", shard)
    assert (result.code, result.stdout) == (2, ""), result
    assert said in result.stderr
    assert not output.exists()


@pytest.mark.parametrize("flag", ["--resume", "--resume=force", "--retry-failed"])
def test_a_file_of_another_shard_is_not_resumed(host, output, flag):
    lines = host.prompts("a", "b", "c", "raise")
    assert host("batch", FAILING, lines, "-o", output, "--shard", "1/2").code == 1
    held = output.read_text()
    for shard, index, owner in (("0/2", 1, "1/2"), ("1/4", 3, "3/4")):
        result = host("batch", FAILING, lines, "-o", output, "--shard", shard, flag)
        assert result.code == 2, result
        assert f"'{output}' holds index {index}, which is of shard {owner}, not of shard {shard}" in result.stderr
        assert "each shard needs an -o FILE of its own" in result.stderr
    assert output.read_text() == held


def test_shards_make_each_call_once_under_its_index_in_the_whole_input(host):
    prompts = [f"p{number}" for number in range(10)]
    lines = host.prompts(*prompts)
    host("batch", ECHO, lines, "-o", "whole.jsonl")
    whole = {line["index"]: line for line in lines_of((host.directory / "whole.jsonl").read_text())}
    for number in range(3):
        part = host.directory / f"part-{number}.jsonl"
        result = host("batch", ECHO, lines, "-o", part, "--shard", f"{number}/3")
        assert result.code == 0, result
        assert indexes(part) == list(range(number, 10, 3))
        for line in lines_of(part.read_text()):
            assert line["input_crc32"] == whole[line["index"]]["input_crc32"]
            assert line["result"]["output"] == prompts[line["index"]]
            assert line["result"]["context"]["testIdx"] == line["index"]


INPUTS = {
    "in.json": json.dumps(["a", "b", "c", "d"]),
    "in.csv": 'prompt,name\na,1\n"b",2\nc,3\nd,4\n',
    "in.txt": "a\nb\nc\nd\n",
    "in.jsonl": '\n{"prompt": "a"}\n\n{"prompt": "b"}\n{"prompt": "c"}\n{"prompt": "d"}',
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("compressed", [False, True])
def test_every_format_is_split(host, output, name, compressed):
    data = INPUTS[name].encode()
    path = host.directory / (name + ".gz" * compressed)
    path.write_bytes(gzip.compress(data) if compressed else data)
    assert host("batch", ECHO, path, "-o", output, "--shard", "1/2").code == 0
    found = [(line["index"], line["result"]["output"]) for line in lines_of(output.read_text())]
    assert found == [(1, "b"), (3, "d")]


def test_an_input_from_stdin_is_split(host):
    result = host("batch", ECHO, "-", "--shard", "0/2", input='{"prompt": "a"}\n{"prompt": "b"}\n{"prompt": "c"}\n')
    assert [line["result"]["output"] for line in result.lines] == ["a", "c"]


def test_a_share_without_calls_is_no_error(host, output):
    result = host("batch", ECHO, host.prompts("a", "b"), "-o", output, "--shard", "2/3")
    assert (result.code, output.read_text()) == (0, "")
    assert "has no calls for shard 2/3; nothing to do" in result.stderr
    assert "warning" not in result.stderr
    assert host("batch", ECHO, host.prompts("a", "b"), "-o", output, "--shard", "2/3", "--resume").code == 0


def test_a_bad_line_is_counted_and_belongs_to_its_shard(host, output):
    lines = host.write("in.jsonl", "no JSON", {"prompt": "b"}, "no JSON either", {"prompt": "d"})
    assert host("batch", ECHO, lines, "-o", output, "--shard", "1/2").code == 0
    result = host("batch", ECHO, lines, "-o", output, "--shard", "0/2")
    assert result.code == 1
    assert "line 1" in result.stderr
    assert indexes(output) == [0, 2]


def test_a_killed_shard_is_resumed_and_checked_against_its_own_lines(host, output, gate):
    lines = host.prompts("a", "wait-b", "c", "d", "wait-e", "f")
    arguments = ["batch", GATE, lines, "-o", output, "--shard", "0/2", "--resume"]
    run = host.start(*arguments, **gate.environment)
    gate.wait_for("wait-e")
    wait_until(lambda: output.read_bytes().count(b"\n") == 2, "the calls before it are written")
    run.process.kill()
    run.process.wait()
    gate.open("wait-e")
    changed = host.prompts("A", "wait-b", "c", "d", "wait-e", "f", name="changed.jsonl")
    refused = host("batch", GATE, changed, *arguments[3:], **gate.environment)
    assert refused.code == 2
    assert "line 1 of" in refused.stderr
    result = host(*arguments, **gate.environment)
    assert result.code == 0, result
    assert "holds 2 calls already" in result.stderr
    assert indexes(output) == [0, 2, 4]
    assert sorted(set(gate.begun)) == ["a", "c", "wait-e"]


def test_a_shard_that_holds_all_of_its_calls_fits_its_input(host, output):
    lines = host.prompts("a", "b", "c", "d")
    arguments = ["batch", ECHO, lines, "-o", output, "--shard", "0/2"]
    host(*arguments)
    again = host(*arguments, "--resume")
    assert again.code == 0
    assert "do they belong together" not in again.stderr
    shorter = host("batch", ECHO, host.prompts("a", "b"), *arguments[3:], "--resume")
    assert "do they belong together" in shorter.stderr


def test_failed_calls_of_a_shard_are_made_again(host, output):
    lines = host.prompts("a", "raise", "c", "raise", "e", "f")
    assert host("batch", FAILING, lines, "-o", output, "--shard", "1/2").code == 1
    result = host("batch", ECHO, lines, "-o", output, "--shard", "1/2", "--retry-failed")
    assert result.code == 0, result
    assert "2 failed calls are made again" in result.stderr
    assert indexes(output) == [1, 3, 5]


def test_results_come_as_they_are_there(host, output, gate):
    lines = host.prompts("wait-a", "b", "c", "d")
    run = host.start(
        "batch", GATE, lines, "-o", output, "--shard", "0/2", "--unordered", "--workers", "2", **gate.environment
    )
    wait_until(lambda: output.exists() and output.read_bytes().count(b"\n") == 1, "the second one is written")
    gate.open("wait-a")
    assert run.end().code == 0
    assert indexes(output) == [2, 0]


def test_the_bar_counts_the_share(host, gate):
    lines = host.prompts("a", "b", "wait-c", "d", "e", "f")
    arguments = ["batch", GATE, lines, "-o", host.directory / "out.jsonl", "--shard", "0/2"]
    host.environment.update(gate.environment)
    code, drawn = host.on_a_terminal(*arguments, when="1/3", then=lambda: gate.open("wait-c"))
    assert code == 0, drawn
    assert re.search(r"33 %  1/3", drawn)


def test_conversations_that_are_split_are_told(host, output):
    lines = host.write("in.jsonl", *({"prompt": "x", "vars": {"session": number // 2}} for number in range(4)))
    arguments = ["batch", ECHO, lines, "-o", output, "--affinity", "vars.session"]
    assert "affinity" not in host(*arguments).stderr
    result = host(*arguments, "--shard", "0/2")
    assert result.code == 0
    assert result.stderr.count("lines with one affinity key are in several shards") == 1


def test_the_help_says_from_where_it_counts(host):
    text = " ".join(host("batch", "--help").stdout.split())
    assert "I is from 0 to N-1" in text
    assert "JOB_COMPLETION_INDEX" in text
