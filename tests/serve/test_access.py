"""Who may use the server, and how many at a time."""

import json

import pytest

from .serving import wait_until


KEY = "correct-horse-battery-staple"
OPEN = ["/", "/health/live", "/health/ready", "/openapi.json"]
CLOSED = ["/v1/models", "/v1/models/actions", "/metrics", "/stats", "/events"]


@pytest.fixture(scope="module")
def server(serving):
    server = serving("actions.py", "--api-key", KEY)
    server.wait_until_ready()
    return server


@pytest.fixture(scope="module")
def free(serving):
    """A server without a key."""
    server = serving("actions.py", "--cors-origin", "https://chat.example.org")
    server.wait_until_ready()
    return server


@pytest.mark.parametrize("path", [*CLOSED, "/v1/call", "/v1/chat/completions", "/v1/embeddings"])
@pytest.mark.parametrize("given", [None, "wrong", KEY[:-1], KEY + "x", KEY.upper(), ""])
def test_without_the_key_there_is_nothing(server, path, given):
    headers = {} if given is None else {"Authorization": f"Bearer {given}"}
    response = server.request("GET" if path in CLOSED else "POST", path, headers=headers)
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert KEY not in str(response)
    error = response.json["error"]
    assert error.get("code") == "invalid_api_key" or error.get("kind") == "invalid_request"


@pytest.mark.parametrize("field", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER   {KEY}"])
def test_the_key_opens_all(server, field):
    headers = {"Authorization": field}
    assert server.post("/v1/call", {"prompt": "hello"}, headers).json["result"]["output"] == "hello"
    assert server.get("/v1/models", Authorization=field).status == 200
    assert server.get("/metrics", Authorization=field).status == 200
    assert server.get("/stats", Authorization=field).status == 200


@pytest.mark.parametrize("field", [KEY, f"Basic {KEY}", f"Bearer{KEY}", f"Bearer {KEY} {KEY}"])
def test_the_key_in_another_form_opens_nothing(server, field):
    assert server.get("/v1/models", Authorization=field).status == 401


@pytest.mark.parametrize("path", OPEN)
def test_what_is_open_to_all(server, path):
    response = server.get(path)
    assert response.status == 200
    assert KEY not in response.text


def test_the_key_of_a_file(serve, tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    server = serve("actions.py", "--api-key", f"@{tmp_path / 'key'}")
    assert server.get("/v1/models").status == 401
    assert server.get("/v1/models", Authorization=f"Bearer {KEY}").status == 200


@pytest.mark.parametrize(("key", "reason"), [("@nowhere", "cannot be read"), ("two words", "no spaces")])
def test_a_key_that_cannot_be_one(serve, key, reason):
    server = serve("actions.py", "--api-key", key, waits=False)
    assert server.wait() == 2
    assert reason in server.stderr


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "*:0"])
def test_without_a_key_only_loopback_is_listened_at(serve, listen):
    server = serve("actions.py", listen=listen, waits=False)
    assert server.wait() == 2
    assert "--api-key" in server.stderr and "--allow-unauthenticated" in server.stderr


@pytest.mark.parametrize("more", [["--allow-unauthenticated"], ["--api-key", KEY]])
def test_elsewhere_with_a_key_or_when_it_is_wanted(serve, more):
    server = serve("actions.py", *more, listen="0.0.0.0:0")
    response = server.get("/v1/models", Host="provider.example", Authorization=f"Bearer {KEY}")
    assert response.status == 200


@pytest.mark.parametrize("listen", ["somewhere", "127.0.0.1:port", "::1:8000", "127.0.0.1:99999", "example.org:80"])
def test_an_address_that_is_none(serve, listen):
    server = serve("actions.py", listen=listen, waits=False)
    assert server.wait() == 2
    assert "--listen" in server.stderr


# Web pages.


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "x.localhost"])
def test_names_of_loopback(free, host):
    assert free.get("/v1/models", Host=host).status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.example"])
def test_a_name_that_was_pointed_at_loopback_is_refused(free, host):
    response = free.get("/v1/models", Host=host)
    assert (response.status, response.json["error"]["code"]) == (403, "forbidden")


def test_a_page_of_another_origin_is_refused(free):
    response = free.post("/v1/call", {"prompt": "from a page"}, {"Origin": "https://evil.example"})
    assert response.status == 403
    assert free.place.begun("from a page") == 0
    assert "Access-Control-Allow-Origin" not in response.headers


def test_the_own_page_may_call(free):
    assert free.post("/v1/call", {"prompt": "x"}, {"Origin": free.address}).status == 200


def test_a_page_of_an_allowed_origin(free):
    headers = {"Origin": "https://chat.example.org", "Access-Control-Request-Method": "POST"}
    preflight = free.request("OPTIONS", "/v1/call", headers=headers)
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://chat.example.org"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    assert preflight.headers["Vary"] == "Origin"
    response = free.post("/v1/call", {"prompt": "x"}, {"Origin": "https://chat.example.org"})
    assert response.status == 200
    assert response.headers["Access-Control-Allow-Origin"] == "https://chat.example.org"
    assert "x-request-id" in response.headers["Access-Control-Expose-Headers"]


def test_a_preflight_needs_no_key_and_its_request_does(serve):
    server = serve("actions.py", "--api-key", KEY, "--cors-origin", "*")
    origin = {"Origin": "https://any.example"}
    assert server.request("OPTIONS", "/v1/call", headers=origin).status == 204
    refused = server.post("/v1/call", {"prompt": "x"}, origin)
    assert refused.status == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "https://any.example"  # the page may read why


# How many at a time.


def test_too_many_connections(serve):
    server = serve("actions.py", "--max-connections", "2")
    server.wait_until_ready()
    with server.wire() as first, server.wire() as second:
        for wire in (first, second):
            wire.get("/health/live")
            assert wire.read().status == 200
        with server.wire() as third:
            third.get("/health/live")
            response = third.read()
            assert (response.status, response.closes) == (503, True)
            assert int(response.headers["Retry-After"]) >= 1
            assert response.headers["x-should-retry"] == "true"
            assert third.is_closed()
        first.get("/health/live")
        assert first.read().status == 200
    wait_until(lambda: accepts(server), "there is room again")


def accepts(server):
    return server.get("/health/live").status == 200


def test_a_full_queue(serve):
    server = serve("actions.py", "--max-queue", "1")
    server.wait_until_ready()
    with server.wire() as first, server.wire() as second:
        first.post("/v1/call", {"prompt": "wait first"})
        server.place.wait_for("wait first")
        second.post("/v1/call", {"prompt": "second"})
        wait_until(lambda: server.get("/stats").json["pool"]["queued"] == 1, "one call waits")
        for more in ({}, {"stream": True}):
            refused = server.call("third", **more)
            assert (refused.status, refused.json["error"]["kind"]) == (429, "queue_full")
            assert int(refused.headers["Retry-After"]) >= 1
            assert refused.headers["x-should-retry"] == "true"
        server.place.open("first")
        assert first.read().status == second.read().status == 200
    assert server.place.begun("third") == 0


@pytest.mark.parametrize("limit", [{"timeout": 0.2}, {"deadline": 0.2}])
def test_a_call_that_takes_too_long(free, limit):
    response = free.call("wait for-ever", **limit)
    assert (response.status, response.json["error"]["kind"]) == (504, "timeout")
    assert response.headers["x-should-retry"] == "false"
    assert free.call("x").status == 200


def test_an_item_that_takes_too_long_ends_the_stream_with_an_error(free):
    for limit in (2, 8):  # the first item must come within it
        response = free.call("stream slow-item", stream=True, item_timeout=limit)
        lines = [json.loads(line) for line in response.text.splitlines()]
        if "item" in lines[0]:
            break
    assert lines[0] == {"item": "first"}
    assert lines[1]["error"]["kind"] == "timeout"
