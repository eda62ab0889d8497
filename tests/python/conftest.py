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
def one_host(tmp_path):
    """Makes a copy of a provider script that no second host gets to import. What the first host is to do it has to do
    itself, however late that is."""

    def make(name):
        script, imported = tmp_path / name, str(tmp_path / "imported")
        waits = f"import os, time\nos.path.exists({imported!r}) and time.sleep(3600)\nopen({imported!r}, 'w').close()\n"
        script.write_text(waits + (PROVIDERS / name).read_text())
        return script

    return make


@pytest.fixture
def run_plugin(pytester, monkeypatch):
    """Runs pytest with the plugin; needs `pytest_plugins = "pytester"` in the module."""
    from plugin_run import PluginRun

    return PluginRun(pytester, monkeypatch)
