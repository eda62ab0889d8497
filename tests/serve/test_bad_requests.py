"""What is no request, or could be taken for two: the connection ends, so that nothing behind it is taken for one. And
bodies that cannot be understood."""

import json

import pytest

from .wire import output, request_text

CALL = json.dumps({"prompt": "hello"})


@pytest.fixture(scope="module")
def server(serving):
    server = serving("actions.py")
    server.wait_until_ready()
    return server


CHUNKED = "Transfer-Encoding: chunked"
SMUGGLED = "GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n"
BAD = {
    "both lengths": (400, request_text("Content-Length: 5", CHUNKED, body="0\r\n\r\n")),
    "two lengths": (400, request_text("Content-Length: 5", "Content-Length: 6", body="hello!")),
    "the length twice": (400, request_text("Content-Length: 5", "Content-Length: 5", body="hello")),
    "a list of lengths": (400, request_text("Content-Length: 5, 5", body="hello")),
    "a negative length": (400, request_text("Content-Length: -1")),
    "a length with a sign": (400, request_text("Content-Length: +5", body="hello")),
    "a hexadecimal length": (400, request_text("Content-Length: 0x5", body="hello")),
    "a length that is too large for any number": (400, request_text("Content-Length: 99999999999999999999")),
    "chunked twice": (400, request_text(CHUNKED, CHUNKED, body="0\r\n\r\n")),
    "chunked twice in a list": (501, request_text("Transfer-Encoding: chunked, chunked", body="0\r\n\r\n")),
    "gzip and chunked": (501, request_text("Transfer-Encoding: gzip, chunked", body="0\r\n\r\n")),
    "chunked, but not last": (501, request_text("Transfer-Encoding: chunked, gzip", body="0\r\n\r\n")),
    "an unknown coding": (501, request_text("Transfer-Encoding: xchunked", body="0\r\n\r\n")),
    "identity": (501, request_text("Transfer-Encoding: identity")),
    "chunks in HTTP/1.0": (400, request_text(CHUNKED, body="0\r\n\r\n", version="HTTP/1.0")),
    "a chunk with an extension": (400, request_text(CHUNKED, body="5;a=b\r\nhello\r\n0\r\n\r\n")),
    "a chunk without a size": (400, request_text(CHUNKED, body="\r\nhello\r\n0\r\n\r\n")),
    "a chunk with a negative size": (400, request_text(CHUNKED, body="-5\r\nhello\r\n0\r\n\r\n")),
    "a chunk with a hexadecimal prefix": (400, request_text(CHUNKED, body="0x5\r\nhello\r\n0\r\n\r\n")),
    "a chunk that is longer than its size": (400, request_text(CHUNKED, body="4\r\nhello\r\n0\r\n\r\n")),
    "a chunk with a size too large for any number": (400, request_text(CHUNKED, body="fffffffffffffffff\r\n")),
    "trailer fields": (400, request_text(CHUNKED, body="0\r\nx: y\r\n\r\n")),
    "announced trailer fields": (400, request_text(CHUNKED, "Trailer: x", body="0\r\n\r\n")),
    "no Host": (400, request_text("Content-Length: 0", host="")),
    "two Hosts": (400, request_text("Host: other", "Content-Length: 0")),
    "a space before the colon": (400, request_text("Content-Length : 5", body="hello")),
    "a line without a colon": (400, request_text("nonsense")),
    "a field without a name": (400, request_text(": value")),
    "a zero byte in a field": (400, request_text("x: a\0b")),
    "a carriage return in a field": (400, request_text("x: a\rContent-Length: 5")),
    "a space in the target": (505, request_text(target="/v1/ call")),
    "a target without a slash": (400, request_text(target="v1/call")),
    "two Authorizations": (400, request_text("Authorization: Bearer a", "Authorization: Bearer b")),
    "an encoded body": (415, request_text("Content-Encoding: gzip", "Content-Length: 5", body="hello")),
    "an unknown expectation": (417, request_text("Expect: a miracle")),
    "HTTP/0.9": (400, "GET /\r\n"),
    "HTTP/1.2": (505, request_text(version="HTTP/1.2")),
    "HTTP/2.0": (505, request_text(version="HTTP/2.0")),
    "HTTP/2 with prior knowledge": (505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "a lower-case version": (505, request_text(version="http/1.1")),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 50 + b"\r\n\r\n"),
    "no HTTP": (400, "EHLO localhost\r\n\r\n"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_requests_end_the_connection(wire, what):
    code, data = BAD[what]
    wire.send(data, SMUGGLED)
    response = wire.read()
    assert (response.status, response.closes) == (code, True), response
    assert response.headers["x-request-id"].startswith("req_")
    assert response.json["error"]["message"]
    assert wire.is_closed()


def test_line_ends_without_a_carriage_return_are_no_second_way_to_write_a_header(wire):
    wire.send(f"POST /v1/call HTTP/1.1\nHost: localhost\nContent-Length: {len(CALL)}\n\n{CALL}")
    assert wire.read().status in (400, 505)
    assert wire.is_closed()


def test_a_folded_line_is_a_part_of_the_field_before_it(wire):
    wire.send(request_text("x: y", " Content-Length: 5", f"Content-Length: {len(CALL)}", body=CALL))
    assert output(wire.read()) == "hello"


# Bodies that cannot be understood; the connection goes on.


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/call", ""),
        ("/v1/call", "{"),
        ("/v1/call", "[]"),
        ("/v1/call", '{"prompt": "x", "unknown": 1}'),
        ("/v1/call", '{"prompt": "x", "timeout": "soon"}'),
        ("/v1/call", '{"prompt": "x"} more'),
        ("/v1/call", b'{"prompt": "\xff"}'),
        ("/v1/call", '{"function": "sum_of"}'),
        ("/v1/chat/completions", '{"messages": []}'),
        ("/v1/chat/completions", '{"messages": 1}'),
        ("/v1/embeddings", '{"input": []}'),
        ("/v1/embeddings", "null"),
    ],
)
def test_a_body_that_is_wrong_is_refused(wire, path, body):
    wire.send(request_text(f"Content-Length: {len(body)}", target=path), body)
    response = wire.read()
    assert (response.status, response.headers["x-should-retry"], response.closes) == (400, "false", False), response
    error = response.json["error"]
    assert "invalid_request" in (error.get("kind"), error.get("code"))
    wire.get("/health/live")
    assert wire.read().status == 200


def test_a_body_with_a_number_too_large_nesting_too_deep_or_equal_names(wire):
    for body, code in ((f'{{"prompt": {"[" * 1500}{"]" * 1500}}}', 400), ('{"prompt": "a", "prompt": "b"}', 200)):
        wire.send(request_text(f"Content-Length: {len(body)}", body=body))
        assert wire.read().status == code


def test_any_function_with_any_arguments(server):
    assert server.post("/v1/call", {"function": "sum_of", "args": [1, 2, 3]}).json == {"ok": True, "result": 6}
    missing = server.post("/v1/call", {"function": "no_such", "args": []})
    assert (missing.status, missing.json["error"]["kind"]) == (404, "function_not_found")
