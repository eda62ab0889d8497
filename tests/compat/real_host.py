"""Runs a case on a real host, through the executable: $PROVIDER_HOST_BIN, else build/bin/provider-host."""

import json
import os
import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path

from .case import Outcome
from .stage import environment_of, script_of

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build" / "bin" / "provider-host")).resolve()
TOGETHER = 8


class Run:
    """`calls`: (expected, Outcome) in order; `errors`: what was written to stderr; `directory`: where the host ran."""

    def __init__(self, calls, errors, directory):
        self.calls, self.errors, self.directory = calls, errors, directory

    def __str__(self):
        calls = "\n".join(f"{outcome}    expected: {expected}" for expected, outcome in self.calls)
        return f"{calls}\n--- stderr\n{self.errors[-4000:]}"


def alone(case, directory, server, python=sys.executable):
    """One call after the other."""
    return _run(case, case.calls, 1, directory, server, python)


def together(case, directory, server, python=sys.executable):
    """Several in flight at a time in one host."""
    calls = list(islice(cycle(case.calls), case.calls_together))
    return _run(case, calls, TOGETHER, directory, server, python)


def _run(case, calls, concurrency, directory, server, python):
    script = script_of(case, directory)
    work = Path(directory) / "work"
    work.mkdir()
    lines = "".join(json.dumps(case.call_of(prompt)) + "\n" for prompt, _ in calls)
    command = [EXECUTABLE, "batch", script, "-", "--python", python, "--timeout", "120", "--api", case.api]
    command += ["--concurrency", str(concurrency), "--options", json.dumps({"config": case.config})]
    command += ["--context", json.dumps({"vars": case.vars})]
    ran = subprocess.run(
        command, input=lines.encode(), capture_output=True, cwd=work, env=environment_of(case, server), timeout=170
    )
    errors = ran.stderr.decode(errors="replace")
    if ran.returncode == 3:
        outcomes = [Outcome(kind="import_failed", message=errors)] * len(calls)
    else:
        outcomes = [_outcome(json.loads(line)) for line in ran.stdout.splitlines()]
    assert len(outcomes) == len(calls), f"exit code {ran.returncode}\n{errors}"
    return Run([(expected, outcome) for (_, expected), outcome in zip(calls, outcomes)], errors, work)


def _outcome(line):
    if line["ok"]:
        return Outcome(result=line["result"], process=line["pid"])
    error = line["error"]
    message = error["message"] + "\n" + (error.get("traceback") or "")
    return Outcome(kind=error["kind"], message=message, process=line["pid"])
