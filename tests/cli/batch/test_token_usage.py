"""Tokens and cost that results tell: added up in the summary and the statistics."""

import json

from conftest import lines_of

RESULTS = [
    {"output": 1, "tokenUsage": {"total": 1000, "prompt": 900, "completion": 100, "numRequests": 1}, "cost": 0.002},
    {"output": 2, "tokenUsage": {"total": 234, "cached": 234}, "cached": True, "cost": 0},
    {"output": 3, "guardrails": {"flagged": True}, "cost": 0.0005, "cached": False},
    {"output": {"tokenUsage": {"total": 7}, "cost": 5}},
    # Nothing of these may be taken for a number, or break anything.
    {"output": 4, "tokenUsage": "many", "cost": "free", "cached": "yes", "guardrails": [True]},
    {"output": 5, "tokenUsage": {"total": "12", "prompt": None, "completion": [1]}, "cost": -1, "cached": 1},
    {"output": 6, "tokenUsage": [], "cost": {}, "guardrails": {"flagged": "true"}},
    {"error": "no", "tokenUsage": {"total": 6.0}},
]


def batch(host, *arguments):
    script = host.write(
        "tokens.py", "import json", "def call_api(prompt, options, context):", "    return json.loads(prompt)"
    )
    lines = host.prompts(*map(json.dumps, RESULTS))
    return host("batch", script, lines, "-o", "out.jsonl", *arguments)


def test_the_summary_adds_up_tokens_and_cost(host):
    result = batch(host)
    assert [line["result"] for line in lines_of((host.directory / "out.jsonl").read_text())] == RESULTS
    assert result.stderr.splitlines()[-1].endswith(
        "0 restarts; 1,240 tokens (900 prompt, 100 completion, 234 cached), 1 request, cost 0.0025, "
        "1 cached result, 1 flagged by guardrails"
    ), result


def test_the_statistics_have_them_too(host):
    result = batch(host, "--stats", "--stats-json", "stats.json")
    assert "usage     1,240 tokens" in result.stderr, result
    assert json.loads((host.directory / "stats.json").read_text())["usage"] == {
        "token_usage": {"total": 1240, "prompt": 900, "completion": 100, "cached": 234, "num_requests": 1},
        "cost": 0.0025,
        "cached": 1,
        "flagged": 1,
    }


def test_nothing_is_said_when_results_tell_nothing(host):
    script = host.write("plain.py", "def call_api(*_):", "    return {'output': 'tokenUsage'}")
    result = host("batch", script, host.prompts("a"))
    assert result.stderr.splitlines()[-1].endswith("0 restarts")
