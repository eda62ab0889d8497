"""Servers for one test (`serve`) or for those of a module (`serving`, from which modules make their `server`)."""

import pytest

from .serving import EXECUTABLE, servers


@pytest.fixture(scope="session", autouse=True)
def executable():
    if not EXECUTABLE.exists():
        pytest.fail(f"there is no {EXECUTABLE}; build it, or set PROVIDER_HOST_BIN")


@pytest.fixture
def serve(tmp_path):
    with servers(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    with servers(tmp_path_factory.mktemp("serve")) as start:
        yield start


@pytest.fixture
def place(server):
    return server.place


@pytest.fixture
def wire(server):
    with server.wire() as wire:
        yield wire


@pytest.fixture
def script(tmp_path):
    """Writes a script, or another version of it; its path."""

    def write(code):
        path = tmp_path / "provider.py"
        path.write_text(code, encoding="utf-8")
        return path

    return write
