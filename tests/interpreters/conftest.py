"""Every Python on the machine that hosts can embed, each with its host and a virtual environment."""

import signal

import machine
import pytest

# Shells have what they start in the background ignore Ctrl-C, and Python leaves that alone; hosts do not.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", params=machine.interpreters(), ids=machine.interpreter_ids())
def python(request):
    """Has a host, which the first test that needs it waits for."""
    machine.provide_host(request.param)
    return request.param


@pytest.fixture(scope="session")
def venv(python, tmp_path_factory):
    return machine.make_venv(python, tmp_path_factory.mktemp("of " + python["version"]) / "venv")
