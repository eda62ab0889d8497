"""What people see on a terminal."""

import re

from conftest import provider

CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\r")


def test_a_result_is_indented(host):
    code, drawn = host.on_a_terminal("call", provider("small.py"), "four")
    assert code == 0
    assert drawn.replace("\r", "") == '{\n  "output": 4\n}\n'


def test_a_bar_shows_how_far_a_batch_is_and_goes_away(host, gate):
    host.environment.update(gate.environment)
    lines = host.prompts("a", "wait", "b", "c")
    code, drawn = host.on_a_terminal(
        "batch", provider("gate.py"), lines, "-o", "out.jsonl", when="1/4", then=lambda: gate.open("wait")
    )
    assert code == 0
    assert re.search(r"\[#+\.+\]  ?\d+ %  1/4 .*left", drawn), drawn
    assert re.search(r"\r\x1b\[2K4 calls in [^\r\n]*\r\n$", drawn), "the bar is removed before the summary"


def test_log_lines_and_bar_do_not_garble_each_other(host):
    lines = host.prompts(*(f"n{i}" for i in range(500)))
    code, drawn = host.on_a_terminal("batch", provider("printing.py"), lines, "-o", "out.jsonl")
    assert code == 0
    shown = CONTROL.sub("\x00", drawn)
    for i in range(500):
        assert re.search(rf"(^|[\x00\n])\[host 1\] out n{i}\x00*\n", shown), f"line {i} is garbled"


def test_results_on_the_terminal_have_no_bar_between_them(host):
    code, drawn = host.on_a_terminal("batch", provider("small.py"), host.prompts(*"abc"))
    assert code == 0
    assert drawn.count('{"index":') == 3
    assert "\x1b[2K" not in drawn


def test_there_are_no_control_sequences_elsewhere(host):
    result = host("batch", provider("printing.py"), host.prompts("a", "raise"))
    assert "\x1b" not in result.stderr and "\r" not in result.stderr
