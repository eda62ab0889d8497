"""promptfoo's own examples give the same with its own Python and with provider-host-python."""

import json
import os
import re
from pathlib import Path

import pytest

from compat.fake_model_server import FakeModelServer

from . import public_examples
from .promptfoo_cli import LIMIT, OURS, OWN, ROOT, run_eval, why_not_installed

FOLDER = os.environ.get("PROVIDER_HOST_PROMPTFOO_EXAMPLES")
EXAMPLES = public_examples.found(Path(FOLDER)) if FOLDER else []
REPORT = ROOT / "build" / "promptfoo" / "examples.md"
pytestmark = [
    pytest.mark.no_sanitizer,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("evals"),
    pytest.mark.skipif(not FOLDER, reason="PROVIDER_HOST_PROMPTFOO_EXAMPLES does not name a folder of examples"),
]


@pytest.fixture(scope="module")
def server():
    server = FakeModelServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def report():
    yield (lines := ["| example | tests | passed | s, promptfoo's own Python | s, ours |", "|---|--:|--:|--:|--:|"])
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def told(run):
    """What a user reads of each test, without what differs from run to run."""
    outcomes = [
        {
            "variables": outcome.result["vars"],
            "output": outcome.output,
            "error": outcome.error and re.sub(r"(?s)\nTraceback .*|\nStack Trace.*", "", outcome.error),
            "success": outcome.success,
            "score": outcome.result["score"],
            "namedScores": outcome.result["namedScores"],
            "tokens": outcome.response.get("tokenUsage"),
            "reasons": [
                re.sub(r"(?s)\nStack Trace.*", "", part.get("reason") or "")
                for part in (outcome.result.get("gradingResult") or {}).get("componentResults") or []
            ],
        }
        for outcome in run.outcomes
    ]
    text = json.dumps(outcomes, indent=1, sort_keys=True, ensure_ascii=False)
    return re.sub(r"\(node:\d+\)", "(node)", text)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_example(path, tmp_path, server, report):
    if reason := why_not_installed() or public_examples.why_not(path):
        pytest.skip(reason)
    runs = []
    for name, python in (("own", OWN), ("ours", OURS)):
        configuration = public_examples.copy(path, tmp_path / name)
        environment = {**server.environment, "PROMPTFOO_ASSERTIONS_MAX_CONCURRENCY": "1"}  # some reasons tell an order
        run = run_eval(tmp_path / name, configuration, python, "--no-cache", environment=environment, limit=3 * LIMIT)
        runs.append(run)
    own, ours = runs
    assert ours.written, str(ours)
    assert own.written, f"promptfoo's own Python gave nothing to compare with\n{own}"
    passed = sum(outcome.success for outcome in ours.outcomes)
    row = [f"{path.parent.name}/{path.name}", len(ours.outcomes), passed, f"{own.seconds:.1f}", f"{ours.seconds:.1f}"]
    report.append(f"| {' | '.join(map(str, row))} |")
    assert told(ours) == told(own)
    assert ours.exit_code == own.exit_code
