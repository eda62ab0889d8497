"""`provider-host merge`: one file of the outputs of shards, and whether every call is in it."""

import gzip
import json
import os
import re
import shutil
import subprocess
import zlib

import pytest
from conftest import EXECUTABLE, full_pipe, lines_of, provider

ECHO = provider("echo.py")


def record(index, output="x", prompt=None, **more):
    line = {"index": index, "id": None, "ok": True, "result": {"output": output}, "latency_ms": 1, "host": 1, "pid": 2}
    if prompt is not None:
        line["input_crc32"] = f"{zlib.crc32(prompt.encode()):08x}"
    return {**line, **more}


def failed(index, **more):
    return record(index, ok=False, error={"kind": "timeout", "message": "late"}, **more)


def part(host, name, *lines):
    texts = [line if isinstance(line, str) else json.dumps(line, separators=(",", ":")) for line in lines]
    return host.write(name, *texts)


def shards(host, total, count, leaving_out=()):
    """Files of all the shards."""
    return [
        part(
            host,
            f"part-{number}.jsonl",
            *(record(index, index) for index in range(number, total, count) if index not in leaving_out),
        )
        for number in range(count)
    ]


def merge(host, *arguments, **options):
    return host("merge", *arguments, **options)


def indexes(text):
    return [line["index"] for line in lines_of(text)]


# --- what is refused


@pytest.mark.parametrize(
    "arguments, said",
    [
        ([], "RESULTS is required"),
        ([""], "RESULTS was given an empty value"),
        (["nowhere.jsonl"], "cannot read the results 'nowhere.jsonl': No such file"),
        (["."], "cannot read the results '.': Is a directory"),
        (["-"], "cannot read the results '-'"),
        (["/dev/null"], "it is no file"),
        (["part-0.jsonl", "--expect", "-1"], "--expect must be a number of calls, not '-1'"),
        (["part-0.jsonl", "--expect", "some"], "--expect must be a number of calls"),
        (["part-0.jsonl", "--expect", "2", "--input", "in.txt"], "--expect"),
        (["part-0.jsonl", "--input", "nowhere.txt"], "cannot read the input 'nowhere.txt'"),
        (["part-0.jsonl", "--input-format", "csv"], "--input"),
        (["part-0.jsonl", "-o", "."], "cannot write the output '.': Is a directory"),
        (["part-0.jsonl", "-o", "no/where"], "cannot write the output"),
        (["part-0.jsonl", "--workers", "2"], "--workers is no option of merge, but of "),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_written(host, arguments, said):
    shards(host, 2, 1)
    result = merge(host, *arguments)
    assert (result.code, result.stdout) == (2, ""), result
    assert said in result.stderr
    assert [path.name for path in host.directory.iterdir()] == ["part-0.jsonl"]


@pytest.mark.parametrize(
    "line, why",
    [
        ('{"prompt": "a"}', "a field is missing"),
        ("no JSON", "no JSON"),
        ("", "no JSON"),
        ('{"index":2,"id":null,"ok":tr', "no JSON"),  # torn, and gone on with behind it
        ('{"index":2,"id":null}', "a field is missing"),
        ('{"index":-1,"ok":true}', "its index is no number"),
    ],
)
def test_a_line_that_is_no_result_is_named(host, line, why):
    part(host, "a.jsonl", record(0))
    for lines in ([record(1), line, record(3)], [record(3), record(1), line, record(4)]):
        part(host, "b.jsonl", *lines)
        result = merge(host, "a.jsonl", "b.jsonl", "-o", "out.jsonl")
        assert result.code == 2, result
        assert f"b.jsonl:{lines.index(line) + 1} is no output of a batch" in result.stderr
        assert why in result.stderr
        assert sorted(path.name for path in host.directory.iterdir()) == ["a.jsonl", "b.jsonl"]


def test_the_last_line_of_another_file_is_not_a_torn_one(host):
    (host.directory / "a.jsonl").write_text('{"prompt": "a"}')
    result = merge(host, "a.jsonl")
    assert result.code == 2
    assert "a.jsonl:1 is no output of a batch" in result.stderr


@pytest.mark.parametrize("link", ["name", "symlink", "hard link"])
@pytest.mark.parametrize("name, what", [("part-1.jsonl", "the results"), ("in.txt", "the input")])
def test_what_is_read_is_not_overwritten(host, link, name, what):
    shards(host, 4, 2)
    host.write("in.txt", "a", "b", "c", "d")
    output = host.directory / ("link" if link != "name" else name)
    if link == "symlink":
        os.symlink(name, output)
    elif link == "hard link":
        os.link(host.directory / name, output)
    before = (host.directory / name).read_text()
    result = merge(host, "part-0.jsonl", "part-1.jsonl", "--input", "in.txt", "-o", output)
    assert result.code == 2, result
    assert f"and {what} '{name}' are the same file" in result.stderr
    command = f'"$0" merge part-0.jsonl part-1.jsonl --input in.txt >> {name}'
    done = subprocess.run(["bash", "-c", command, EXECUTABLE], cwd=host.directory, capture_output=True, text=True)
    assert done.returncode == 2
    assert "stdout and" in done.stderr
    assert (host.directory / name).read_text() == before


def test_results_named_as_the_unfinished_output_are_not_overwritten(host):
    part(host, "out.jsonl.part", record(0))
    result = merge(host, "out.jsonl.part", "-o", "out.jsonl")
    assert result.code == 2
    assert "are the same file" in result.stderr
    assert indexes((host.directory / "out.jsonl.part").read_text()) == [0]


def test_a_file_that_a_batch_still_writes_is_refused(host, gate):
    run = host.start("batch", provider("gate.py"), host.prompts("a", "wait"), "-o", "part.jsonl", **gate.environment)
    gate.wait_for("wait")
    result = merge(host, "part.jsonl")
    assert result.code == 2
    assert "'part.jsonl': a batch still writes it" in result.stderr
    gate.open("wait")
    assert run.end().code == 0
    assert merge(host, "part.jsonl").code == 0


# --- what is missing, or too much


def test_missing_calls_are_listed_with_their_shard_and_the_rest_is_written(host):
    parts = shards(host, 12, 3, leaving_out=(4, 7, 8))
    result = merge(host, *parts, "-o", "out.jsonl")
    assert result.code == 1, result
    assert "incomplete: 3 calls are missing: index 4, 7-8; " in result.stderr
    assert "shard 1/3 lacks 2 calls, shard 2/3 lacks 1 call" in result.stderr
    assert "merged 3 files: 9 calls, 9 ok, 0 failed" in result.stderr
    assert indexes((host.directory / "out.jsonl").read_text()) == [0, 1, 2, 3, 5, 6, 9, 10, 11]


def test_a_shard_without_a_file_is_told(host):
    parts = shards(host, 12, 3)
    result = merge(host, parts[0], parts[2])
    assert result.code == 1
    assert "index 1, 4, 7, 10; shard 1/3 lacks 4 calls" in result.stderr


def test_calls_that_are_missing_at_the_end_show_with_a_number(host):
    parts = shards(host, 10, 2)
    assert merge(host, *parts).code == 0
    assert merge(host, *parts, "--expect", "10").code == 0
    result = merge(host, *parts, "--expect", "12")
    assert result.code == 1
    assert "2 calls are missing: index 10-11; shard 0/2 lacks 1 call, shard 1/2 lacks 1 call" in result.stderr
    result = merge(host, *parts, "--expect", "8")
    assert result.code == 1
    assert "there must be 8 calls, but the last index is 9" in result.stderr
    assert "missing" not in result.stderr


def test_no_calls_at_all(host):
    empty = part(host, "part.jsonl")
    result = merge(host, empty)
    assert (result.code, result.stdout) == (0, "")
    assert "merged 1 file: 0 calls" in result.stderr
    assert merge(host, empty, "--expect", "1").code == 1


@pytest.mark.parametrize("last", [failed(1), record(1, result={"error": "rate limit"})])
def test_failed_calls_count(host, last):
    result = merge(host, part(host, "part.jsonl", record(0), last))
    assert result.code == 1
    counts = "1 ok, 1 failed" if not last["ok"] else "2 ok, 0 failed, 1 provider error"
    assert f"merged 1 file: 2 calls, {counts}" in result.stderr
    assert indexes(result.stdout) == [0, 1]


# --- the input


def write_input(host, *prompts):
    return host.write("in.txt", *prompts)


def test_an_input_of_other_results_is_refused_with_the_line(host):
    part(host, "part-0.jsonl", record(0, prompt="a"), record(2, prompt="c"))
    part(host, "part-1.jsonl", record(1, prompt="b"))
    parts = ["part-0.jsonl", "part-1.jsonl"]
    assert merge(host, *parts, "--input", write_input(host, "a", "b", "c")).code == 0
    lines = write_input(host, "a", "B", "c")
    result = merge(host, *parts, "--input", lines, "-o", "out.jsonl")
    assert result.code == 2
    assert f"line 2 of '{lines}' is not the one whose result 'part-1.jsonl' holds as index 1" in result.stderr
    assert not (host.directory / "out.jsonl").exists()


def test_an_input_has_each_call_and_no_other(host):
    lines = part(host, "part.jsonl", record(0, prompt="a"), record(1, prompt="b"))
    result = merge(host, lines, "--input", write_input(host, "a", "b", "c", "d"))
    assert result.code == 1
    assert "2 calls are missing: index 2-3" in result.stderr
    result = merge(host, lines, "--input", write_input(host, "a"))
    assert result.code == 1
    assert "there must be 1 call, but the last index is 1" in result.stderr


def test_ids_are_compared_as_by_resume(host):
    lines = host.write("in.jsonl", {"id": "x", "prompt": "a"}, {"id": "y", "prompt": "b"}, {"prompt": "c"})
    results = [record(0, prompt="other", id="x"), record(1, id="y"), record(2)]
    result = merge(host, part(host, "part.jsonl", *results), "--input", lines)
    assert result.code == 0
    assert "1 line of the input changed since, but not in their ids" in result.stderr
    assert "1 line of the input cannot be compared" in result.stderr
    results[1]["id"] = "z"
    result = merge(host, part(host, "part.jsonl", *results), "--input", lines)
    assert result.code == 2
    assert 'it has the id "y"' in result.stderr


def test_an_input_is_read_from_stdin_in_any_format(host):
    lines = part(host, "part.jsonl", record(0, prompt="a"), record(1, prompt="b"))
    assert merge(host, lines, "--input", "-", "--input-format", "text", input="a\nb\n").code == 0
    assert merge(host, lines, "--input", "-", "--input-format", "text", input="a\nc\n").code == 2


# --- what is merged


def test_lines_come_in_order_and_as_they_are(host):
    odd = '{"index" : 1, "ok":true,"result":{"output":"\u2028 zażółć"},"more":[1.0]}'
    part(host, "a.jsonl", record(2), record(0), record(5))
    part(host, "b.jsonl", record(4), odd, record(3))
    result = merge(host, "a.jsonl", "b.jsonl")
    assert result.code == 0, result
    lines = result.stdout.split("\n")
    assert lines[1] == odd
    assert indexes(result.stdout) == [0, 1, 2, 3, 4, 5]
    assert merge(host, "b.jsonl", "a.jsonl", "-o", "out.jsonl").stdout == ""
    assert (host.directory / "out.jsonl").read_text() == result.stdout
    assert merge(host, "b.jsonl", "a.jsonl", "-o", "-").stdout == result.stdout


def test_of_several_lines_with_one_index_the_last_counts(host):
    part(host, "a.jsonl", failed(0), record(1, "a"), record(0, "again"), record(2, "a"))
    part(host, "b.jsonl", record(1, "b"))
    result = merge(host, "a.jsonl", "b.jsonl")
    assert result.code == 0, result
    assert [line["result"]["output"] for line in result.lines] == ["again", "b", "a"]
    assert "2 lines do not count, as the same index comes again" in result.stderr
    result = merge(host, "b.jsonl", "a.jsonl")
    assert [line["result"]["output"] for line in result.lines] == ["again", "a", "a"]
    result = merge(host, "b.jsonl", "b.jsonl", "b.jsonl", "a.jsonl")
    assert "4 lines do not count" in result.stderr
    assert indexes(result.stdout) == [0, 1, 2]


def test_a_torn_last_line_is_left_out_and_told(host):
    parts = shards(host, 4, 2)
    for torn in ('{"index":3,"id":null,"ok":true,"resu', "{", '{"index":3'):
        parts[1].write_text(parts[1].read_text().splitlines()[0] + "\n" + torn)
        for order in (parts, parts[::-1]):
            result = merge(host, *order, "--expect", "4")
            assert result.code == 1
            assert f"the last line of {parts[1]} is torn" in result.stderr
            assert "1 call is missing: index 3" in result.stderr
            assert indexes(result.stdout) == [0, 1, 2]
    part(host, "part-1.jsonl", record(3), record(1))
    with open(parts[1], "a") as file:
        file.write('{"index":5,')
    assert indexes(merge(host, *parts).stdout) == [0, 1, 2, 3]


def test_a_last_line_without_its_end_counts_when_it_is_whole(host):
    path = part(host, "a.jsonl", record(0), record(1))
    path.write_text(path.read_text().rstrip("\n"))
    result = merge(host, path)
    assert result.code == 0
    assert "torn" not in result.stderr
    assert result.stdout == path.read_text() + "\n"


def test_a_byte_order_mark_is_left_out_whatever_the_order(host):
    for order in ([0, 1, 2], [2, 0, 1]):
        path = part(host, "a.jsonl", *map(record, order))
        path.write_text("\ufeff" + path.read_text())
        result = merge(host, path)
        assert result.code == 0, result
        assert indexes(result.stdout) == [0, 1, 2]


def test_compressed_results_are_read_when_they_are_in_order(host):
    parts = shards(host, 6, 2)
    whole = merge(host, *parts).stdout
    packed = host.directory / "part-1.jsonl.gz"
    packed.write_bytes(gzip.compress(parts[1].read_bytes()))
    assert merge(host, parts[0], packed).stdout == whole
    if shutil.which("zstd"):
        subprocess.run(["zstd", "-q", parts[0]], check=True)
        assert merge(host, "part-0.jsonl.zst", packed).stdout == whole
    packed.write_bytes(gzip.compress(b"".join(parts[1].read_bytes().splitlines(keepends=True)[::-1])))
    result = merge(host, parts[0], packed)
    assert result.code == 2
    assert "decompress it first" in result.stderr
    packed.write_bytes(gzip.compress(parts[1].read_bytes())[:-20])
    assert merge(host, parts[0], packed).code == 2


def test_shards_of_a_batch_are_what_one_batch_would_have_written(host):
    lines = host.write("in.jsonl", *({"prompt": f"p{number}", "id": number} for number in range(25)))
    assert host("batch", ECHO, lines, "-o", "whole.jsonl").code == 0
    for number in range(3):
        more = ["--unordered", "--workers", "2"] if number == 1 else []
        assert host("batch", ECHO, lines, "-o", f"part-{number}.jsonl", "--shard", f"{number}/3", *more).code == 0
    result = merge(host, *(f"part-{number}.jsonl" for number in range(3)), "--input", lines, "-o", "merged.jsonl")
    assert result.code == 0, result
    assert "merged 3 files: 25 calls, 25 ok, 0 failed" in result.stderr

    def stable(name):
        fields = ("index", "id", "ok", "input_crc32")
        lines = lines_of((host.directory / name).read_text())
        return [[*(line[field] for field in fields), line["result"]["output"]] for line in lines]

    assert stable("merged.jsonl") == stable("whole.jsonl")


def test_one_batch_goes_on_with_what_was_merged(host):
    lines = host.prompts("a", "raise", "c", "raise", "e")
    for number in range(2):
        host("batch", provider("failing.py"), lines, "-o", f"part-{number}.jsonl", "--shard", f"{number}/2")
    assert merge(host, "part-0.jsonl", "part-1.jsonl", "-o", "all.jsonl").code == 1
    result = host("batch", ECHO, lines, "-o", "all.jsonl", "--retry-failed")
    assert result.code == 0, result
    assert "2 failed calls are made again" in result.stderr
    assert indexes((host.directory / "all.jsonl").read_text()) == [0, 1, 2, 3, 4]
    assert merge(host, "all.jsonl", "--input", lines).code == 0


# --- the file that is written


def test_a_former_file_is_replaced_with_its_rights_and_through_a_link(host):
    (host.directory / "real").mkdir()
    real = host.directory / "real" / "file"
    real.write_text("former")
    real.chmod(0o640)
    os.symlink(real, host.directory / "out.jsonl")
    assert merge(host, *shards(host, 4, 2), "-o", "out.jsonl").code == 0
    assert (host.directory / "out.jsonl").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert indexes(real.read_text()) == [0, 1, 2, 3]
    assert list(real.parent.iterdir()) == [real]


def test_what_a_killed_merge_has_left_is_replaced(host):
    (host.directory / "out.jsonl.part").write_text(json.dumps(record(9)) * 1000)
    assert merge(host, *shards(host, 4, 2), "-o", "out.jsonl").code == 0
    assert indexes((host.directory / "out.jsonl").read_text()) == [0, 1, 2, 3]
    assert not (host.directory / "out.jsonl.part").exists()


def waiting_merge(host):
    """A merge that waits for its input."""
    parts = shards(host, 4, 2)
    os.mkfifo(host.directory / "in")
    run = host.start("merge", *parts, "--input", "in", "--input-format", "text", "-o", "out.jsonl")
    writer = os.open(host.directory / "in", os.O_WRONLY)  # waits for the merge to open it
    while not (host.directory / "out.jsonl.part").exists():
        assert run.process.poll() is None
    return run, writer


def test_a_killed_merge_leaves_no_file_that_looks_complete(host):
    run, writer = waiting_merge(host)
    second = merge(host, "part-0.jsonl", "-o", "out.jsonl")
    assert second.code == 2
    assert "in use by another merge" in second.stderr
    run.process.kill()
    run.end()
    os.close(writer)
    assert not (host.directory / "out.jsonl").exists()


def test_an_interrupted_merge_removes_what_it_has_written(host):
    run, writer = waiting_merge(host)
    run.signal()
    assert run.end().code == 130
    os.close(writer)
    assert [path for path in host.directory.iterdir() if path.name.startswith("out")] == []


def test_a_full_disk_is_an_internal_error_and_leaves_the_former_file(host):
    shards(host, 2000, 2)
    (host.directory / "out.jsonl").write_text("former")
    command = 'ulimit -f 8; exec "$0" merge part-0.jsonl part-1.jsonl -o out.jsonl'
    done = subprocess.run(["bash", "-c", command, EXECUTABLE], cwd=host.directory, capture_output=True, text=True)
    assert done.returncode == 4, done
    assert "cannot write to out.jsonl" in done.stderr
    assert (host.directory / "out.jsonl").read_text() == "former"
    assert not (host.directory / "out.jsonl.part").exists()
    assert merge(host, "part-0.jsonl", "part-1.jsonl", "-o", "/dev/full").code == 4


def test_a_reader_that_goes_away_ends_the_merge(host):
    shards(host, 2000, 2)
    read, write = full_pipe()
    run = subprocess.Popen([EXECUTABLE, "merge", "part-0.jsonl", "part-1.jsonl"], cwd=host.directory, stdout=write)
    os.close(write)
    os.close(read)
    assert run.wait() == 0


def test_the_help_teaches(host):
    text = host("merge", "--help").stdout
    assert "part-*.jsonl -o results.jsonl --input" in text
    assert re.search(r"^  merge ", host("--help").stdout, re.MULTILINE)
