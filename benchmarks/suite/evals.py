"""Evals of the real promptfoo: with its own Python, with provider-host-python, and with the npm package."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from .ratios import ECHO, SLOW_IMPORT, Ratio
from .runner import Failed, Runner, measure_in_turn
from .setting import PEERS, PROVIDERS, ROOT, Setting

MODULE = ROOT / "integrations" / "promptfoo" / "provider-host.mjs"
ASYNC_REQUEST = PROVIDERS / "async_request.py"
SLOW_ASSERTION = PROVIDERS / "slow_assertion.py"
LIMIT = 600  # seconds for one eval
QUIET = {
    f"PROMPTFOO_DISABLE_{what}": "1" for what in ("TELEMETRY", "UPDATE", "REMOTE_GENERATION", "SHARING", "ERROR_LOG")
}
THEIRS, DROP_IN, PACKAGE = "promptfoo's own Python", "provider-host-python", "the npm package"
NO_PYTHON = "promptfoo without any Python"
ONE_PROCESS = "promptfoo's own Python, one process"


@dataclass
class Arm:
    """One way to run an eval: its provider, and variables. `seconds` has one entry for each run."""

    who: str
    provider: object
    environment: dict
    has_assertions: bool = True
    seconds: list = field(default_factory=list)
    failure: str | None = None


@dataclass
class Eval:
    name: str
    tests: int
    jobs: int
    arms: list
    assertions: list = field(default_factory=list)

    def config(self, arm):
        return {
            "prompts": ["Say {{number}}"],
            "providers": [arm.provider],
            "defaultTest": {"assert": self.assertions if arm.has_assertions else []},
            "tests": [{"vars": {"number": number}} for number in range(self.tests)],
        }

    def values(self):
        return {f"{self.name}, {arm.who}": statistics.median(arm.seconds) for arm in self.arms if arm.seconds}

    def entries(self):
        """For results.json, one for each arm."""
        theirs = next((arm for arm in self.arms if arm.who == THEIRS and arm.seconds), None)
        for arm in self.arms:
            if arm.seconds:
                median = statistics.median(arm.seconds)
                yield {
                    "eval": self.name,
                    "jobs": self.jobs,
                    "who": arm.who,
                    "median": median,
                    "seconds": arm.seconds,
                    "theirs_over": statistics.median(theirs.seconds) / median if theirs else None,
                }


@dataclass(frozen=True)
class Promptfoo:
    """An installed promptfoo: its package's directory, the node that runs it, and a directory for what it keeps."""

    package: Path
    node: str
    state: Path

    @staticmethod
    def installed(setting):
        """Raises Failed when it is not."""
        package = setting.programs.parent / "promptfoo" / "node_modules" / "promptfoo"
        node = Path(sys.executable).with_name("node")
        node = str(node) if node.exists() else shutil.which("node")
        if node is None or not package.exists():
            raise Failed("promptfoo is not installed; scripts/install-deps promptfoo does it")
        return Promptfoo(package, node, Path(tempfile.mkdtemp(prefix="promptfoo-", dir=setting.output)))

    def environment(self, variables):
        node = os.path.dirname(os.path.realpath(self.node))
        path = {"PATH": f"{node}{os.pathsep}{os.environ['PATH']}", "PROMPTFOO_CONFIG_DIR": str(self.state)}
        return {**os.environ, **QUIET, **path, **variables}

    def seconds_of(self, one: Eval, arm: Arm, directory: Path):
        """Runs it there and returns its wall time. Raises Failed when the
        eval does not end well with all tests passed."""
        config, output = directory / "promptfooconfig.json", directory / "out.json"
        config.write_text(json.dumps(one.config(arm)))
        output.unlink(missing_ok=True)
        runs = [self.node, str(self.package / "dist/src/entrypoint.js"), "eval", "-c", str(config)]
        command = [*runs, "--no-cache", "--no-table", "--no-progress-bar", "-j", str(one.jobs), "-o", str(output)]
        environment = self.environment({"XDG_RUNTIME_DIR": str(directory), **arm.environment})
        start = time.perf_counter()
        try:
            ran = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise Failed(f"not done after {LIMIT} s") from None
        seconds = time.perf_counter() - start
        said = (ran.stdout + ran.stderr)[-500:]
        if ran.returncode != 0 or not output.exists():
            raise Failed(f"exit code {ran.returncode}: {said}")
        passed = json.loads(output.read_text())["results"]["stats"]["successes"]
        if passed != one.tests:
            raise Failed(f"{passed} of {one.tests} tests passed: {said}")
        return seconds


def evals(setting: Setting):
    theirs = {"PROMPTFOO_PYTHON": setting.python}
    drop_in = {
        "PROMPTFOO_PYTHON": str(setting.programs / "provider-host-python"),
        "PROVIDER_HOST_PYTHON": setting.python,
    }

    def script(path, **config):
        return {"id": f"file://{path}", "config": config}

    def module(path, **config):
        command = str(setting.programs / "provider-host")
        return {"id": f"file://{MODULE}", "config": {"script": str(path), "command": command, **config}}

    def floor():
        return Arm(NO_PYTHON, "echo", {}, has_assertions=False)

    def assertions(count):
        arms = [Arm(THEIRS, "echo", theirs), Arm(DROP_IN, "echo", drop_in), floor()]
        checks = [{"type": "python", "value": f"file://{SLOW_ASSERTION}"}]
        return Eval(f"{count} assertions, import of 1 s", count, 4, arms, checks)

    return [
        Eval(
            "200 tests, import of 1 s",
            200,
            4,
            [
                Arm(THEIRS, script(SLOW_IMPORT), theirs),
                Arm(DROP_IN, script(SLOW_IMPORT), drop_in),
                Arm(PACKAGE, module(SLOW_IMPORT, workers=4), theirs),
                floor(),
            ],
        ),
        Eval(
            "200 async tests that wait 200 ms",
            200,
            32,
            [
                Arm(ONE_PROCESS, script(ASYNC_REQUEST, workers=1), theirs),
                Arm(THEIRS, script(ASYNC_REQUEST), theirs),
                Arm(DROP_IN, script(ASYNC_REQUEST), drop_in),
                Arm(PACKAGE, module(ASYNC_REQUEST, concurrency=32), theirs),
                floor(),
            ],
        ),
        assertions(60),
        assertions(200),
    ]


def latencies(setting: Setting, promptfoo: Promptfoo):
    """Runners of single calls through loadApiProvider, in microseconds."""

    def runner(who, provider, config, **variables):
        variables = {**QUIET, "PROMPTFOO_CONFIG_DIR": promptfoo.state, **variables}
        environment = ["env", *(f"{name}={value}" for name, value in variables.items())]
        program = [promptfoo.node, PEERS / "promptfoo_provider.mjs", promptfoo.package]
        command = [*environment, *map(str, program), "256", provider, json.dumps(config)]
        return Runner(f"loadApiProvider, {who}", command, setting.scaled(100))

    script = f"file://{ECHO}"
    command = str(setting.programs / "provider-host")
    drop_in = {
        "PROMPTFOO_PYTHON": setting.programs / "provider-host-python",
        "PROVIDER_HOST_PYTHON": setting.python,
    }
    return [
        runner(THEIRS, script, {}, PROMPTFOO_PYTHON=setting.python),
        runner(DROP_IN, script, {}, **drop_in),
        runner(PACKAGE, f"file://{MODULE}", {"script": str(ECHO), "command": command, "python": setting.python}),
    ]


def _over_ours(name, what, goal, ours, theirs=THEIRS, unit="s"):
    mine = f"{what}, {ours}"
    return Ratio(f"promptfoo_{name}_over_ours", f"{what}, {theirs}", mine, mine, goal, unit)


RATIOS = [
    _over_ours("assertions", "60 assertions, import of 1 s", "≥ 4", DROP_IN),
    _over_ours("assertions_200", "200 assertions, import of 1 s", "≥ 10", DROP_IN),
    _over_ours("async_eval", "200 async tests that wait 200 ms", "≥ 8", PACKAGE, ONE_PROCESS),
    _over_ours("provider_latency", "loadApiProvider", "≥ 2", PACKAGE, unit="µs"),
]


def rounds_of(setting):
    return 1 if setting.quick else 3


def steps(setting):
    """How often measure() calls `advance`, at most."""
    return 1 + sum(len(one.arms) for one in evals(setting)) * rounds_of(setting) + 3 * (rounds_of(setting) * 4 + 1)


def measure(setting, results, advance):
    """Fills `evals`, `samples`, `ratios` and `missing` of the results. Returns the samples of the runners."""
    promptfoo = Promptfoo.installed(setting)
    try:
        all_evals = evals(setting)
        advance("promptfoo: its first start")
        with tempfile.TemporaryDirectory(prefix="ph-") as directory:  # makes its database
            promptfoo.seconds_of(Eval("first", 1, 1, []), Arm("", "echo", {}), Path(directory))
        for _ in range(rounds_of(setting)):
            for one in all_evals:
                _run_arms(promptfoo, one, advance)
        runners = latencies(setting, promptfoo)
        measure_in_turn(runners, rounds_of(setting) * 4, lambda name: advance(f"promptfoo: {name}"))
    finally:
        shutil.rmtree(promptfoo.state, ignore_errors=True)
    return conclude(all_evals, runners, results)


def _run_arms(promptfoo, one, advance):
    """One run of each arm. No helper of an earlier run is found."""
    for arm in one.arms:
        if arm.failure is not None:
            continue
        advance(f"promptfoo, {one.name}: {arm.who}")
        with tempfile.TemporaryDirectory(prefix="ph-") as directory:  # short: a socket's path has at most 107 bytes
            try:
                arm.seconds.append(promptfoo.seconds_of(one, arm, Path(directory)))
            except Failed as failure:
                arm.failure = str(failure)


def conclude(all_evals, runners, results):
    """Fills the results with what was measured. Returns the samples of the runners."""
    values, samples = {}, {}
    for one in all_evals:
        values |= one.values()
        results["evals"] += one.entries()
        results["missing"] |= {f"{one.name}, {arm.who}": arm.failure for arm in one.arms if arm.failure is not None}
    for one in runners:
        if one.failure is not None:
            results["missing"][one.name] = one.failure
        if one.samples:
            values[one.name] = one.median
            results["samples"][one.name] = one.summary()
            samples[one.name] = one.samples
    for ratio in RATIOS:
        try:
            results["ratios"].append(ratio.entry(values))
        except KeyError as missing:
            results["missing"].setdefault(ratio.name, f"no measurement of {missing}")
    return samples
