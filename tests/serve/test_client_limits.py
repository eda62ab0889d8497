"""Requests that do not come in time, or are too large."""

import contextlib
import json

import pytest

from .wire import output, request_text

SIZE = 4096  # bytes; for bodies and headers


@pytest.fixture(scope="module")
def server(serving):
    server = serving("actions.py", "--max-body", "4K", "--max-header", "4K")
    server.wait_until_ready()
    return server


@pytest.fixture(scope="module")
def impatient_server(serving):
    return serving("actions.py", "--read-timeout", "2")


def answered(server, text):
    """A connection with the response to a part of a request. A server that is late may see no byte of it in time, and
    ends idle connections without a word: then there is another."""
    for _ in range(5):
        wire = server.wire()
        with contextlib.suppress(ConnectionError):
            wire.send(text)
            if wire.is_answered():
                return wire
        wire.close()
    raise AssertionError("each connection was closed without a response")


def test_a_header_that_does_not_come_is_no_longer_waited_for(impatient_server):
    with answered(impatient_server, "GET /health/live HTTP/1.1\r\nHost: loc") as impatient:
        response = impatient.read()
        assert (response.status, response.closes) == (408, True)
        assert response.json["error"]["code"] == "request_timeout"
        assert impatient.is_closed()


def test_a_body_that_does_not_come_is_no_longer_waited_for(impatient_server):
    for _ in range(5):
        with answered(impatient_server, request_text("Content-Length: 100", body="{")) as impatient:
            response = impatient.read()
            assert response.status == 408
            assert impatient.is_closed()
        if "ok" in response.json:
            break  # the server had read the header when its time was over: it knew the path
    assert response.json["ok"] is False


def test_a_connection_on_which_nothing_comes_is_closed(impatient_server):
    with impatient_server.wire() as wire:
        assert wire.is_closed()


def test_a_header_that_is_too_long(wire):
    wire.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\nx: ", "y" * SIZE, "\r\n\r\n")
    response = wire.read()
    assert (response.status, response.closes) == (431, True)
    assert response.json["error"]["code"] == "header_too_large"
    assert wire.is_closed()


def test_a_header_without_end(wire):
    wire.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\nx: ", "y" * 2 * SIZE)
    assert wire.read().status == 431
    assert wire.is_closed()


def test_a_body_that_is_too_large_is_refused_before_it_comes(wire):
    wire.send(request_text("Content-Length: 1000000", "Expect: 100-continue"))
    response = wire.read()
    assert (response.status, response.closes) == (413, True)
    assert str(SIZE) in response.json["error"]["message"]
    assert response.json["ok"] is False  # as all errors of /v1/call
    assert wire.is_closed()


def test_chunks_that_are_too_large_together(wire):
    wire.send(request_text("Transfer-Encoding: chunked"), *["400\r\n" + "x" * 1024 + "\r\n"] * 5)
    assert wire.read().status == 413
    assert wire.is_closed()


def test_a_body_of_the_largest_size(wire):
    body = json.dumps({"prompt": "x" * (SIZE - len(json.dumps({"prompt": ""})))})
    wire.send(request_text(f"Content-Length: {len(body)}", body=body))
    assert len(output(wire.read())) > SIZE - 20


@pytest.mark.parametrize("framing", ["Content-Length: 3000000", "Transfer-Encoding: chunked"])
def test_a_client_that_sends_all_of_it_reads_why(wire, framing):
    wire.send(request_text(framing, target="/v1/embeddings"))
    chunk = b"x" * 100_000
    for _ in range(30):
        wire.send(chunk if "Length" in framing else b"%x\r\n%s\r\n" % (len(chunk), chunk))
    response = wire.read()
    assert (response.status, response.json["error"]["code"]) == (413, "request_too_large")
