"""`batch --stats` and `--stats-json`."""

import json
import re
import subprocess

import pytest
from conftest import provider, wait_until

FAILING = provider("failing.py")
GATE = provider("gate.py")


def rows(text):
    """The table's lines as lists of their cells."""
    return [re.split(r"  +", line.strip()) for line in text.splitlines()]


@pytest.mark.needs_linux("the memory of processes")
def test_the_table_counts_calls_errors_restarts_and_hosts(host):
    lines = host.prompts("a", "crash", "raise", "raise", *"bcdef")
    result = host("batch", FAILING, lines, "--stats")
    assert result.code == 1
    table = rows(result.stderr)
    for row in [
        ["calls", "6", "ok"],
        ["3", "failed"],
        ["errors", "1", "host_crashed"],
        ["2", "python_exception"],
        ["restarts", "1", "crash"],
        ["count", "p50", "p90", "p99", "max"],
    ]:
        assert row in table, result
    counts = {row[0]: row[1] for row in table if len(row) == 6}
    assert (counts["latency (ok)"], counts["queue wait"], counts["crash to ready"]) == ("6", "9", "1")
    heading = next(row for row in table if row[0] == "host")
    hosts = dict(zip(heading, table[table.index(heading) + 1]))
    assert hosts["pid"] == str(result.lines[-1]["pid"])
    assert hosts["rss"].endswith(" MiB")
    assert "alive" in hosts.values()


def test_rows_of_zero_are_left_out(host):
    result = host("batch", FAILING, host.prompts("a"), "--stats")
    assert result.code == 0
    assert ["calls", "1", "ok"] in rows(result.stderr)
    table = result.stderr.partition("\n")[2]
    for word in ["failed", "errors", "restarts", "crash", "queued", "event loop"]:
        assert word not in table


def test_without_the_flag_there_is_no_table(host):
    assert "p50" not in host("batch", FAILING, host.prompts("a")).stderr


def test_the_table_was_asked_for_so_silence_does_not_hide_it(host):
    result = host("batch", FAILING, host.prompts("a"), "--stats", "--log-level", "off")
    assert result.stderr.startswith("calls  1  ok\n"), result


def test_programs_get_the_same_as_json(host):
    result = host("batch", FAILING, host.prompts("a", "raise"), "--stats-json", "stats.json")
    assert "p50" not in result.stderr
    stats = json.loads((host.directory / "stats.json").read_text())
    assert (stats["submitted"], stats["succeeded"], stats["failed"]) == (2, 1, 1)
    assert stats["errors_by_kind"] == {"python_exception": 1}
    assert stats["hosts"][0]["health"]["process"] == "alive"


def test_an_older_file_is_replaced(host):
    path = host.write("stats.json", "x" * 100_000)
    host("batch", FAILING, host.prompts("a"), "--stats-json", path)
    assert json.loads(path.read_text())["submitted"] == 1


def test_a_file_that_cannot_be_written_is_wrong_usage_before_any_call(host, gate):
    result = host("batch", GATE, host.prompts("a"), "--stats-json", "no/such/directory", **gate.environment)
    assert result.code == 2
    assert "--stats-json: cannot write 'no/such/directory'" in result.stderr
    assert gate.begun == []


def test_input_and_output_are_not_overwritten_by_statistics(host):
    lines = host.prompts("a")
    for path in [lines, "out.jsonl"]:
        result = host("batch", FAILING, lines, "-o", "out.jsonl", "--stats-json", path)
        assert result.code == 2
        assert "choose another file" in result.stderr
    assert lines.read_text() == '{"prompt": "a"}\n'


def test_an_interrupted_run_shows_them(host, gate):
    arguments = ["--stats", "--stats-json", "stats.json"]
    run = host.start("batch", GATE, host.prompts("a", "wait", "b"), *arguments, **gate.environment)
    gate.wait_for("wait")
    run.signal()
    run.wait_for_error_text("interrupted: waiting")
    gate.open("wait")
    result = run.end()
    assert result.code == 130
    assert ["calls", "2", "ok"] in rows(result.stderr), result
    assert ["errors", "1", "cancelled"] in rows(result.stderr), result
    assert json.loads((host.directory / "stats.json").read_text())["succeeded"] == 2


def test_a_run_that_is_ended_at_once_shows_them(host, gate):
    run = host.start("batch", GATE, host.prompts("a", "wait"), "--stats", **gate.environment)
    gate.wait_for("wait")
    run.signal()
    run.wait_for_error_text("interrupted: waiting")
    run.signal()
    result = run.end()
    assert result.code == 130
    assert ["1", "unfinished"] in rows(result.stderr), result


def test_a_run_whose_output_fails_or_is_closed_shows_them(host):
    lines = host.prompts(*"abc")
    result = host("batch", FAILING, lines, "-o", "/dev/full", "--stats")
    assert result.code == 4
    assert "p50" in result.stderr
    run = host.start("batch", FAILING, "-", "--stats", stdin=subprocess.PIPE)
    run.send('{"prompt":"a"}\n')
    wait_until(lambda: run.stdout, "the first result")
    assert ["calls", "1", "ok"] in rows(run.end().stderr)


def test_colours_are_for_terminals(host):
    lines = host.prompts("a", "raise")
    assert "\x1b" not in host("batch", FAILING, lines, "--stats").stderr
    arguments = ["batch", FAILING, lines, "-o", "out.jsonl", "--stats"]
    assert "\x1b[31mpython_exception\x1b[0m" in host.on_a_terminal(*arguments)[1]
    host.environment["NO_COLOR"] = "1"
    drawn = host.on_a_terminal(*arguments)[1]
    assert "python_exception" in drawn
    assert not re.search(r"\x1b\[\d+m", drawn)
