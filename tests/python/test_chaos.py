"""The scenes of tests/python/chaos, briefly; run it by itself for longer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from package_under_test import PACKAGE

CHAOS = Path(__file__).resolve().parent / "chaos"
SCENES = ["load", "closing", "callbacks", "temporaries", "forks", "signals", "programs"]


def attack(*arguments):
    environment = {**os.environ, "PROVIDER_HOST_PACKAGE": PACKAGE, "PYTHONDEVMODE": "1"}
    command = [sys.executable, CHAOS, "--seed", "1", "--calls", "600", "--rounds", "1", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_lost(scene):
    attack("--scenes", scene, "--fault-rate", "0.05")


def test_nothing_is_lost_with_several_calls_in_a_host():
    attack("--scenes", "load", "--fault-rate", "0.02", "--concurrency", "4")


def test_every_scene_is_run_here():
    listed = subprocess.run([sys.executable, CHAOS, "--help"], capture_output=True, text=True).stdout
    assert ",".join(SCENES) in "".join(listed.split())
