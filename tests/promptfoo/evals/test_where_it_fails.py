"""What goes wrong under promptfoo's own Python goes right under provider-host-python. Both evals of each row are made,
at the same time as others, and build/promptfoo/report.md has them side by side; only ours is asserted."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from compat.fake_model_server import FakeModelServer

from .promptfoo_cli import LIMIT, OURS, OWN, SOME_FAILED, run_eval, why_not_installed
from .report import write_report
from .rows import ANYTHING, ROWS, Fails

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(300), pytest.mark.xdist_group("evals")]
BY_NAME = [pytest.param(row, id=re.sub(r"\W+", "-", row.name).strip("-")) for row in ROWS]


class _Runs:
    """Those that wait for half a minute begin at once, the others a few at a time. Node.js takes a processor for two
    seconds, and promptfoo gives Python no more than that to tell its version."""

    def __init__(self, rows, directory, environment):
        self.waiting = ThreadPoolExecutor(max_workers=2 * len(rows))
        self.working = ThreadPoolExecutor(max_workers=os.cpu_count() + 1)
        self.futures = {}
        for row in sorted(rows, key=lambda row: not row.waits):
            for python in (OURS, OWN):
                there = directory / f"{ROWS.index(row)}-{'ours' if python == OURS else 'own'}"
                threads = self.waiting if python in row.waits else self.working
                self.futures[row.name, python] = threads.submit(self._make, row, there, python, environment)

    def _make(self, row, directory, python, environment):
        return run_eval(
            directory,
            row.configuration(python),
            python,
            "--no-cache",
            "-j",
            "1",
            environment={**environment, **row.environment},
            limit=LIMIT if python == OWN else 2 * LIMIT,
        )

    def result(self, row, python):
        return self.futures[row.name, python].result()


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory):
    if reason := why_not_installed():
        pytest.skip(reason)
    if not OURS.exists():
        pytest.fail(f"there is no {OURS}; build it, or set PROVIDER_HOST_BIN")
    selected = [item.callspec.params["row"] for item in request.session.items if item.originalname == "test_row"]
    server = FakeModelServer()
    made = _Runs(selected, tmp_path_factory.mktemp("rows"), server.environment)
    yield made
    write_report([(row, made.result(row, OWN), made.result(row, OURS)) for row in selected])
    server.close()


def fits(expected, outcome):
    if isinstance(expected, Fails):
        return expected.fits(outcome)
    if expected is ANYTHING:
        return True
    return outcome.error is None and (expected is type(outcome.output) or outcome.output == expected)


@pytest.mark.parametrize("row", BY_NAME)
def test_row(row, runs):
    run = runs.result(row, OURS)
    assert run.written, f"no output file\n{run}"
    wrong = [
        f"expected: {expected}\n   got: {outcome}"
        for (_, expected), outcome in zip(row.calls, run.outcomes)
        if not fits(expected, outcome)
    ]
    assert not wrong and len(run.outcomes) == len(row.calls), "\n".join([*wrong, str(run)])
    assert run.exit_code == (SOME_FAILED if any(isinstance(each, Fails) for _, each in row.calls) else 0), str(run)
    assert row.also(run) is None, f"{row.also(run)}\n{run}"
