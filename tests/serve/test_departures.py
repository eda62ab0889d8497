"""Clients that go away, or do not read: their calls are cancelled, others do not notice."""

import socket

import pytest

from .serving import wait_until
from .wire import output


@pytest.fixture(scope="module")
def server(serving):
    server = serving("actions.py")
    server.wait_until_ready()
    return server


@pytest.mark.parametrize("action", ["wait", "stream", "stream_async"])
@pytest.mark.parametrize("how", ["close", "half", "reset"])
def test_a_client_that_goes_away_cancels_its_call(server, place, wire, action, how):
    name = f"{action}-{how}"
    wire.post("/v1/call", {"prompt": f"{action} {name}", "stream": action != "wait"})
    place.wait_for_start(name)
    if how == "half":
        wire.socket.shutdown(socket.SHUT_WR)
    else:
        if how == "reset":
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        wire.close()
    place.wait_for_end(name)
    assert output(server.call("hello")) == "hello"


def test_a_client_that_goes_away_takes_its_queued_call_with_it(server, place, wire):
    with server.wire() as other:
        wire.post("/v1/call", {"prompt": "wait front"})
        place.wait_for("wait front")
        other.post("/v1/call", {"prompt": "never-run"})
        queued = lambda: server.get("/stats").json["pool"]["queued"]  # noqa: E731
        wait_until(lambda: queued() == 1, "the second call waits")
    wait_until(lambda: queued() == 0, "the second call is gone")
    place.open("front")
    assert output(wire.read()) == "front"
    assert output(server.call("hello")) == "hello"
    assert place.begun("never-run") == 0


def test_a_client_that_reads_nothing_does_not_hold_up_others(server, place, wire):
    wire.post("/v1/call", {"prompt": "endless unread", "stream": True})
    place.wait_for("endless unread")
    assert server.get("/health/ready").status == 200
    wire.close()
    place.wait_for_end("unread")
