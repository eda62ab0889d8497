"""The order of the tests, for workers that share them, and which platform they test."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT.parent / "build" / "bin" / "provider-host"))
# The groups `heavy` and `evals`, each of which one worker runs, come first: what begins last must not be what takes
# longest. The tests of fidelity wait for a host that those of pythons build.
EARLY = ("interpreters", "compat", "promptfoo")
LATE = ("fidelity",)

# What tests start is to find them as in a terminal, also where nohup or a shell in the background has them ignored.
for number, handler in {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}.items():
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)


def pytest_collection_modifyitems(items):
    items.sort(key=_rank)  # stable: within a directory the order stays
    needing_linux = [(item, mark) for item in items for mark in item.iter_markers("needs_linux")]
    if needing_linux and _is_portable():
        for item, mark in needing_linux:
            item.add_marker(pytest.mark.skip(reason=f"on the portable platform: {mark.args[0]}"))


def _is_portable():
    said = subprocess.run([str(EXECUTABLE), "--version"], capture_output=True, text=True, check=True).stdout
    return "portable" in said


def _rank(item):
    if ROOT not in item.path.parents:
        return 0
    directory = item.path.relative_to(ROOT).parts[0]
    if directory in EARLY:
        return EARLY.index(directory) - len(EARLY)
    return int(directory in LATE)
