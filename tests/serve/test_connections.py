"""Requests on a connection, one after the other, and how each is framed."""

import json

import pytest

from .wire import output, request_text

CALL = json.dumps({"prompt": "hello"})


@pytest.fixture(scope="module")
def server(serving):
    server = serving("actions.py")
    server.wait_until_ready()
    return server


def test_a_connection_has_many_requests(wire):
    for number in range(5):
        wire.post("/v1/call", {"prompt": f"number {number}"})
        response = wire.read()
        assert output(response) == f"number {number}"
        assert not response.closes
    wire.get("/health/live")
    assert wire.read().json == {"status": "live"}


def test_requests_that_are_sent_ahead_are_answered_in_order(wire):
    wire.send(*(request_text(f"Content-Length: {len(CALL) + 1}", body=CALL[:-2] + f'{n}"}}') for n in range(10)))
    wire.get("/health/live")
    assert [output(wire.read()) for _ in range(10)] == [f"hello{n}" for n in range(10)]
    assert wire.read().json == {"status": "live"}


def test_a_request_may_come_byte_by_byte(wire):
    for byte in request_text(f"Content-Length: {len(CALL)}", body=CALL):
        wire.send(byte)
    assert output(wire.read()) == "hello"


def test_a_body_in_chunks(wire):
    chunks = "".join(f"{len(part):x}\r\n{part}\r\n" for part in (CALL[:5], CALL[5:]))
    wire.send(request_text("Transfer-Encoding: chunked", body=chunks + "0\r\n\r\n"))
    assert output(wire.read()) == "hello"
    wire.get("/health/live")
    assert wire.read().status == 200


def test_empty_lines_in_front_of_a_request_are_passed_over(wire):
    wire.send("\r\n\r\n", request_text(f"Content-Length: {len(CALL)}", body=CALL))
    assert output(wire.read()) == "hello"


def test_an_address_may_be_absolute(wire):
    wire.send(request_text(f"Content-Length: {len(CALL)}", body=CALL, target="http://localhost/v1/call"))
    assert output(wire.read()) == "hello"


def test_a_client_that_asks_for_it_is_hung_up_on(wire):
    wire.send(request_text(f"Content-Length: {len(CALL)}", "Connection: close", body=CALL))
    response = wire.read()
    assert output(response) == "hello"
    assert response.closes
    assert wire.is_closed()


def test_the_client_is_told_to_go_on_with_its_body(wire):
    wire.send(request_text(f"Content-Length: {len(CALL)}", "Expect: 100-continue"))
    assert wire.read().status == 100
    wire.send(CALL)
    assert output(wire.read()) == "hello"


def test_http_1_0(wire):
    wire.send(request_text(f"Content-Length: {len(CALL)}", body=CALL, version="HTTP/1.0", host=""))
    assert output(wire.read()) == "hello"
    assert wire.is_closed()


def test_a_stream_for_http_1_0_ends_with_the_connection(wire):
    body = json.dumps({"prompt": "words a b", "stream": True})
    wire.send(request_text(f"Content-Length: {len(body)}", body=body, version="HTTP/1.0"))
    head = wire.read_head()
    assert "Transfer-Encoding" not in head.headers
    lines = [json.loads(line) for line in wire.rest().splitlines()]
    assert lines[:2] == [{"item": "a"}, {"item": "b"}]
    assert lines[2]["ok"] is True


def test_head_has_the_fields_without_the_body(wire):
    wire.send("HEAD /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    response = wire.read(has_body=False)
    assert response.status == 200
    assert int(response.headers["Content-Length"]) > 0
    wire.get("/health/live")
    assert wire.read().json == {"status": "live"}


def test_options_tell_the_methods(server):
    response = server.request("OPTIONS", "/v1/call")
    assert (response.status, response.headers["Allow"], response.body) == (204, "POST, OPTIONS", b"")
    assert server.request("OPTIONS", "/metrics").headers["Allow"] == "GET, HEAD, OPTIONS"


def test_options_of_the_server_as_a_whole(wire):
    wire.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert wire.read().status == 204
    wire.send("GET * HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert wire.read().status == 404


def test_other_methods_and_paths(server):
    wrong = server.get("/v1/call")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST, OPTIONS")
    assert wrong.json["ok"] is False
    wrong = server.post("/v1/models", {})
    assert (wrong.status, wrong.json["error"]["code"]) == (405, "method_not_allowed")
    missing = server.get("/v2/models")
    assert (missing.status, missing.json["error"]["code"]) == (404, "not_found")
    assert missing.headers["x-should-retry"] == "false"
    assert server.request("OPTIONS", "/v2/models").status == 404


def test_streams_are_answered_in_order_as_well(wire):
    for word in ("a", "b", "c"):
        wire.post("/v1/call", {"prompt": f"words {word}", "stream": word != "b"})
    texts = [wire.read().text for _ in range(3)]
    assert texts[0].startswith('{"item":"a"}\n')
    assert json.loads(texts[1]) == {"ok": True, "result": {"output": "b"}}
    assert texts[2].startswith('{"item":"c"}\n')


def test_the_level_of_readiness_may_be_any_parameter(server):
    for query, code in (("level=loop&x=1", 200), ("x=1&level=gil", 200), ("x=1&level=none", 400), ("x=level", 200)):
        assert server.get(f"/health/ready?{query}").status == code, query
