"""SIGTERM and Ctrl-C: readiness is off, what is there is completed, what takes too long is told so."""

import json
import signal

import pytest

from .serving import Background, wait_until
from .wire import output


def test_sigterm_turns_readiness_off_and_completes_what_is_there(serve):
    server = serve("actions.py", "--drain-delay", "7")
    server.wait_until_ready()
    call = Background(lambda: server.call("wait last"))
    server.place.wait_for_start("last")
    server.signal(signal.SIGTERM)
    wait_until(lambda: server.readiness == (503, "draining"), "readiness is off")
    assert server.get("/health/live").status == 200
    late = Background(lambda: server.call("late"))  # within --drain-delay it is accepted
    wait_until(lambda: server.get("/stats").json["pool"]["queued"] == 1, "another call is accepted")
    server.place.open("last")
    assert output(call.response) == "last"
    assert output(late.response) == "late"
    assert server.wait() == 0


def test_a_stream_is_completed_before_the_end(serve):
    server = serve()
    with server.wire() as wire:
        wire.post("/v1/call", {"prompt": "stream last", "stream": True})
        wire.read_head()
        assert wire.read_chunk() == b'{"item":"first"}\n'
        server.signal(signal.SIGTERM)
        server.wait_for_text("draining")
        server.place.open("last", "last-end")
        assert wire.read_chunk() == b'{"item":"second"}\n'
        assert json.loads(wire.read_chunk())["ok"] is True
        assert wire.read_chunk() == b""
        assert wire.is_closed()
    assert server.wait() == 0


def test_no_connection_is_accepted_after_the_delay(serve):
    server = serve()
    with server.wire() as idle:
        idle.get("/health/live")
        assert idle.read().status == 200
        call = Background(lambda: server.call("wait last"))
        server.place.wait_for_start("last")
        server.signal(signal.SIGTERM)
        assert idle.is_closed()
    wait_until(lambda: is_refused(server), "connections are refused")
    server.place.open("last")
    assert call.response.closes
    assert output(call.response) == "last"
    assert server.wait() == 0


def is_refused(server):
    try:
        server.wire().close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("stream", [False, True])
def test_what_outlasts_the_drain_is_told_so(serve, stream):
    server = serve("actions.py", "--drain-timeout", "0.2", "--stop-grace", "1")
    server.wait_until_ready()
    call = Background(lambda: server.call("stream ever" if stream else "wait ever", stream=stream))
    server.place.wait_for_start("ever")
    queued = Background(lambda: server.call("queued"))
    wait_until(lambda: server.get("/stats").json["pool"]["queued"] == 1, "another call waits")
    server.signal(signal.SIGTERM)
    lines = [json.loads(line) for line in call.response.text.splitlines()]
    assert lines[-1]["ok"] is False
    assert lines[-1]["error"]["kind"] == "shutting_down"
    if not stream:
        assert call.response.status == 503
        assert call.response.headers["x-should-retry"] == "true"
        assert int(call.response.headers["Retry-After"]) >= 1
    assert (queued.response.status, queued.response.json["error"]["kind"]) == (503, "shutting_down")
    assert server.wait() == 0


def test_those_who_watch_do_not_hold_up_the_end(serve):
    server = serve()
    with server.wire() as wire:
        wire.get("/events")
        wire.read_head()
        assert wire.read_chunk().startswith(b"data: {")
        server.stop()


@pytest.mark.parametrize(("first", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_second_signal_ends_at_once(serve, first, code):
    server = serve()
    server.wait_until_ready()
    call = Background(lambda: server.call("wait ever"))
    server.place.wait_for_start("ever")
    server.signal(first)
    server.wait_for_text("draining")
    assert not server.ended
    server.signal(first)
    assert server.wait() == code
    wait_until(lambda: call.is_done, "the client is told, or hung up on")


def test_ctrl_c(serve):
    server = serve()
    assert output(server.call("hello")) == "hello"
    server.signal(signal.SIGINT)
    assert server.wait() == 130
