"""What one client and a helper do to each other: clients and helpers here are the test's own, a frame at a time."""

import json
import os
import socket
import struct
import sys
import time

import pytest

from .one_shot_process import LIMIT

pytestmark = pytest.mark.needs_linux("a helper that keeps hosts for single calls")

# Longer than a client waits without looking whether the helper is stopped.
BUSY = 3.5


def frame(text):
    data = text.encode()
    return struct.pack(">I", len(data)) + data


class Peer:
    """One end of a connection."""

    def __init__(self, connection):
        connection.settimeout(LIMIT)
        self.connection = connection

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, *texts):
        self.connection.sendall(b"".join(map(frame, texts)))

    def read(self):
        """The payload of the next frame."""
        return self._exactly(struct.unpack(">I", self._exactly(4))[0])

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.connection.recv(size - len(data))
            assert part, "the connection has ended"
            data += part
        return data


@pytest.fixture
def socket_name(one_shots, script, monkeypatch):
    """Of a helper that runs, relative to the current directory."""
    one_shots.run(script("def f(): pass", name="first.py"), "f")
    monkeypatch.chdir(one_shots.runtime / "provider-host")
    (name,) = [each for each in os.listdir() if each.endswith(".sock")]
    return name


def connected(name):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(name)
    return Peer(connection)


def request(path, function):
    """One of a client that belongs to no eval."""
    return json.dumps(
        {
            "type": "request",
            "owner": 0,
            "owner_start": 0,
            "interpreter": sys.executable,
            "script": str(path),
            "function": function,
            "directory": str(path.parent),
            "umask": 0o22,
            "environment": [f"PATH={os.environ['PATH']}"],
        }
    )


def begun(name, path, size):
    """A client whose function has returned; it has not read the result, of that many letters."""
    client = connected(name)
    client.read()  # hello
    client.send(request(path, "f"), json.dumps([size]))
    assert [json.loads(client.read())["type"] for _ in range(2)] == ["begun", "result"]
    return client


def test_a_client_that_does_not_read_its_result_keeps_no_host(script, socket_name):
    path = script("import os\ndef f(size): return [os.getpid(), 'x' * size]")
    pids = []
    for _ in range(2):  # after these two the helper has looked at what the function imports
        with begun(socket_name, path, 1) as client:
            pids.append(json.loads(client.read())[0])
    with begun(socket_name, path, 5_000_000) as late:
        with begun(socket_name, path, 1) as client:
            pids.append(json.loads(client.read())[0])
        pid, text = json.loads(late.read())
    assert set(pids) == {pid}
    assert text == "x" * 5_000_000


def test_a_helper_that_is_too_busy_to_take_a_request_is_waited_for(one_shots, script, socket_name):
    path = script("def f(text): return 'of another helper'")
    with connected(socket_name) as client:
        hello = client.read().decode()
    one_shots.kill_helpers()
    os.unlink(socket_name)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(socket_name)
        listener.listen()
        listener.settimeout(LIMIT)
        running = one_shots.start(path, "f", "x" * 5_000_000)
        with Peer(listener.accept()[0]) as helper:
            helper.send(hello)
            time.sleep(BUSY)
            assert json.loads(helper.read())["function"] == "f"
            assert len(json.loads(helper.read())[0]) == 5_000_000
            for kind in ("begun", "result"):
                helper.send(json.dumps({"type": kind, "text": "", "stdout": "", "stderr": "", "exit_code": 0}))
            helper.send('"taken"')
            assert one_shots.end(running).data == "taken"
