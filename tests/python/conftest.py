"""Fixtures of the tests of the Python package."""

import os

import pytest
from package_under_test import PROVIDERS


@pytest.fixture
def pool():
    """A pool of one host that runs providers/various.py."""
    from provider_host import Pool

    with Pool(PROVIDERS / "various.py") as started:
        yield started


class Gate:
    """A named pipe at which a call waits until the test opens it."""

    def __init__(self, path):
        self.path = str(path)
        self.was_open = False
        os.mkfifo(self.path)

    def open(self):
        """Waits until a call stands before the gate and lets it through."""
        with open(self.path, "w"):
            self.was_open = True


@pytest.fixture
def gate(tmp_path):
    return Gate(tmp_path / "gate")


@pytest.fixture
def run_plugin(pytester, monkeypatch):
    """Runs pytest with the plugin; needs `pytest_plugins = "pytester"` in the module."""
    from plugin_run import PluginRun

    return PluginRun(pytester, monkeypatch)
