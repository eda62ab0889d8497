"""The two worlds that are compared: a provider script's function in a host, and the same script run by plain `python`.

Both have the same environment (without PYTHON*), /dev/null as stdin, pipes that somebody reads as stdout and stderr,
default signal handlers, a process group of their own, and a scratch directory each as working and temporary directory.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from interpreters import machine

ROOT = Path(__file__).resolve().parents[2]
PROVIDERS = Path(__file__).resolve().parent / "providers"
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build" / "bin" / "provider-host")).resolve()


def pythons():
    """$PROVIDER_HOST_FIDELITY_PYTHONS, interpreters separated by semicolons; else the one that runs pytest, without its
    virtual environment, and the newest."""
    named = os.environ.get("PROVIDER_HOST_FIDELITY_PYTHONS", "").split(";")
    by_default = [getattr(sys, "_base_executable", sys.executable), str(machine.NEWEST)]
    return [name for name in named if name] or by_default


def version_of(python):
    code = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def has_cpython_tests(python):
    code = "import test.support, test.test_json"
    return subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def in_both(python, script, wanted=None, flags=()):
    """What `run` of the script returns, as (plain, hosted). The two run beside each other.

    `flags` are further ones of `provider-host call`, beside those in $PROVIDER_HOST_FIDELITY_FLAGS.
    """
    flags = (*flags, *os.environ.get("PROVIDER_HOST_FIDELITY_FLAGS", "").split())
    with ThreadPoolExecutor(2) as threads:
        plain = threads.submit(_plain, python, PROVIDERS / script, wanted)
        hosted = threads.submit(_hosted, python, PROVIDERS / script, wanted, flags)
        runs = (plain, hosted)
        return tuple(run.result() for run in runs)


def _plain(python, script, wanted):
    with tempfile.TemporaryDirectory(prefix="fidelity-") as directory:
        _, errors = _run([python, script], directory, wanted)
        report = Path(directory) / "report.json"
        if not report.exists():
            raise RuntimeError(f"{python} made no report:\n{errors}")
        return json.loads(report.read_text())


def _hosted(python, script, wanted, more_flags):
    with tempfile.TemporaryDirectory(prefix="fidelity-") as directory:
        flags = ["--api", "none", "--timeout", "0", "--core-dumps", "--python", python, *more_flags]
        answer, errors = _run([EXECUTABLE, "call", f"{script}:run", "[]", *flags], directory, wanted)
        if not answer:
            raise RuntimeError(f"the host gave no answer:\n{errors}")
        return json.loads(answer)


def _run(command, directory, wanted):
    """What the command wrote to stdout and to stderr."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    if str(command[0]) == str(machine.NEWEST) or str(machine.NEWEST) in command:
        variables["PROVIDER_HOST_LIBEXEC"] = os.path.dirname(machine.host_of_newest())
    variables.update(TMPDIR=directory, FIDELITY_WANTED=json.dumps(wanted), FIDELITY_REPORT=f"{directory}/report.json")
    (Path(directory) / "cwd").mkdir()
    process = subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=f"{directory}/cwd",
        env=variables,
        preexec_fn=_begin_as_hosts_do,
    )
    try:
        return tuple(output.decode(errors="replace") for output in process.communicate())
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _begin_as_hosts_do():
    os.setpgid(0, 0)
    for number in set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
