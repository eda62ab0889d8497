"""Workers of provider-host-python, driven as promptfoo drives them."""

import os
import textwrap
from pathlib import Path

import pytest

from .one_shot_process import OneShots
from .worker_process import WorkerProcess

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build/bin/provider-host")).absolute()
DROP_IN = BIN.parent / "provider-host-python"
# What promptfoo starts: nothing of ours reads that file.
WRAPPER = "/promptfoo/dist/src/python/persistent_wrapper.py"


@pytest.fixture
def drop_in():
    return DROP_IN


@pytest.fixture
def script(tmp_path):
    """Writes a provider script; the path of it."""

    def write(code, name="provider.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(code))
        return path

    return write


@pytest.fixture
def worker(tmp_path, script):
    """Starts a worker for a script (its code, or a path)."""
    started = []

    def start(code, function="call_api", preexec_fn=None, **environment):
        path = code if isinstance(code, Path) else script(code)
        place = tmp_path / f"worker-{len(started)}"
        place.mkdir()
        started.append(WorkerProcess([DROP_IN, WRAPPER, path, function], place, environment, preexec_fn))
        return started[-1]

    yield start
    for each in started:
        each.__exit__()


@pytest.fixture
def one_shots(tmp_path):
    """Runs one-shot calls; no helper is left."""
    place = tmp_path / "one-shots"
    place.mkdir()
    shots = OneShots(DROP_IN, place)
    yield shots
    shots.kill_helpers()
