"""Faults of `provider-host serve` that a review has found, each by what a client or an operator saw."""

import contextlib
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BUILD", ROOT / "build")) / "bin" / "provider-host"

SCRIPT = """
import os, time

def call_api(prompt, options, context):
    if prompt.startswith("wait for "):
        while not os.path.exists(prompt[9:]):
            time.sleep(0.005)
    if prompt == "crash":
        os.kill(os.getpid(), 11)
    if prompt == "large":
        return {"output": "x" * 50_000_000}
    if prompt == "large items":
        return ("x" * 50_000_000 for _ in range(2))
    return {"output": "to " + prompt}
"""


class Server:
    def __init__(self, directory, *arguments, stderr=None, limit=None):
        self.directory = directory
        script = directory / "provider.py"
        script.write_text(SCRIPT, encoding="utf-8")
        port_file = directory / "port"
        self.log = directory / "stderr"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [EXECUTABLE, "serve", script, "--listen=127.0.0.1:0", f"--port-file={port_file}", *arguments],
                stderr=log if stderr is None else stderr,
                preexec_fn=limit,
            )
        wait_until(lambda: port_file.exists() or self.process.poll() is not None)
        self.port = int(port_file.read_text(encoding="utf-8"))
        wait_until(lambda: self.get("/health/ready")[0] == 200)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def get(self, path):
        return self.request("GET", path)

    def call(self, prompt, **members):
        status, body = self.request("POST", "/v1/call", json.dumps({"prompt": prompt, **members}))
        return status, body

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def serve(tmp_path):
    servers = []

    def start(*arguments, **options):
        servers.append(Server(tmp_path, *arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.process.wait()


def wait_until(condition, seconds=30):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def call_bytes(prompt):
    body = json.dumps({"prompt": prompt}).encode()
    return b"POST /v1/call HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def outputs(reader, count):
    """The next so many responses that a file of a connection has."""
    found = []
    for _ in range(count):
        assert reader.readline() == b"HTTP/1.1 200 OK\r\n"
        length = int(http.client.parse_headers(reader)["Content-Length"])
        found.append(json.loads(reader.read(length))["result"]["output"])
    return found


# --- requests that are sent ahead


def test_a_request_whose_end_comes_after_the_former_response_is_whole(serve, tmp_path):
    server = serve("--access-log=off")
    gate = tmp_path / "gate"
    with server.connect() as client, client.makefile("rb") as reader:
        second = call_bytes("the second")
        client.sendall(call_bytes(f"wait for {gate}") + second[:-8])
        gate.touch()
        assert outputs(reader, 1) == [f"to wait for {gate}"]
        client.sendall(second[-8:])
        assert outputs(reader, 1) == ["to the second"]


def test_no_request_is_handled_twice_when_they_are_sent_ahead(serve, tmp_path):
    server = serve("--access-log=off")
    gate = tmp_path / "gate"
    with server.connect() as client, client.makefile("rb") as reader:
        client.sendall(call_bytes(f"wait for {gate}") + call_bytes("the second"))
        gate.touch()
        assert outputs(reader, 2)[1] == "to the second"
        client.sendall(call_bytes("the third"))
        assert outputs(reader, 1) == ["to the third"]


def test_empty_lines_between_requests_are_passed_over(serve, tmp_path):
    server = serve("--access-log=off")
    gate = tmp_path / "gate"
    with server.connect() as client, client.makefile("rb") as reader:
        client.sendall(call_bytes(f"wait for {gate}") + b"\r\n")
        gate.touch()
        outputs(reader, 1)
        client.sendall(call_bytes("the second"))
        assert outputs(reader, 1) == ["to the second"]


# --- bodies


def test_a_body_that_comes_slowly_but_steadily_is_taken(serve):
    server = serve("--read-timeout=6", "--access-log=off")
    body = json.dumps({"prompt": "a" * 700_000}).encode()
    with server.connect() as client, client.makefile("rb") as reader:
        client.sendall(b"POST /v1/call HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 90_000):
            client.sendall(body[start : start + 90_000])
            time.sleep(0.9)  # more than the limit in all
        assert outputs(reader, 1) == ["to " + "a" * 700_000]


@pytest.mark.parametrize("start", [b"5;", b"0\r\nX: "], ids=["chunk extension", "trailer"])
def test_a_line_between_chunks_has_a_limit(serve, start):
    server = serve("--access-log=off")
    with server.connect() as client:
        client.sendall(b"POST /v1/call HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + start)
        with contextlib.suppress(ConnectionError):
            for _ in range(50):
                client.sendall(b"a" * 100_000)
        response = http.client.HTTPResponse(client)
        response.begin()
        assert response.status == 400


def test_a_body_that_is_too_large_is_refused_in_the_form_of_its_path(serve):
    server = serve("--max-body=1K", "--access-log=off")
    status, body = server.call("a" * 2000)
    assert status == 413
    assert json.loads(body)["ok"] is False


@pytest.mark.parametrize("length", [b"2,2", b"2, 2"])
def test_a_list_of_lengths_is_refused(serve, length):
    server = serve("--access-log=off")
    with server.connect() as client:
        client.sendall(b"POST /v1/call HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + b"\r\n\r\n{}")
        response = http.client.HTTPResponse(client)
        response.begin()
        assert response.status == 400
        assert "Content-Length" in json.loads(response.read())["error"]["message"]


# --- errors


def test_an_error_about_a_path_that_is_no_utf8_is_json(serve):
    server = serve("--access-log=off")
    with server.connect() as client:
        client.sendall(b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        response = http.client.HTTPResponse(client)
        response.begin()
        assert response.status == 404
        assert "\ufffd" in json.loads(response.read())["error"]["message"]


@pytest.mark.parametrize(
    "option", ["--access-log=/proc/none/log", "--api-key=@/", "--cors-origin=https://a.example/", "--cors-origin=a"]
)
def test_what_can_never_work_is_a_wrong_option(tmp_path, option):
    (tmp_path / "provider.py").write_text(SCRIPT, encoding="utf-8")
    ended = subprocess.run(
        [EXECUTABLE, "serve", "provider.py", "--listen=127.0.0.1:0", option],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 2
    assert "internal" not in ended.stderr


# --- what runs short


@pytest.mark.parametrize(
    "request_of",
    [
        lambda server: server.call("a" * 60_000_000),
        lambda server: server.call("large"),
        lambda server: server.call("large items", stream=True),
    ],
    ids=["large request", "large result", "large items"],
)
def test_a_request_for_which_there_is_no_memory_is_the_only_one_that_fails(serve, request_of):
    server = serve("--access-log=off")
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + (100 << 20)
    resource.prlimit(server.process.pid, resource.RLIMIT_AS, (limit, limit))
    with contextlib.suppress(OSError, http.client.HTTPException):
        for _ in range(2):
            request_of(server)
    assert server.call("a small one") == (200, b'{"ok":true,"result":{"output":"to a small one"}}')
    assert server.end() == 0


def test_clients_do_not_take_the_descriptors_that_a_host_needs(serve):
    server = serve("--access-log=off", limit=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128)))
    assert "at most 32 connections" in server.log.read_text(encoding="utf-8")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(server.connect())
        for _ in range(150):
            stack.enter_context(server.connect())
        first.sendall(call_bytes("crash"))
        response = http.client.HTTPResponse(first)
        response.begin()
        assert response.status == 502
        response.read()
        first.sendall(call_bytes("something"))
        assert outputs(first.makefile("rb"), 1) == ["to something"]


def test_a_log_that_nobody_reads_stops_neither_requests_nor_a_reload(serve, tmp_path):
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDWR)
    server = serve(f"--access-log={fifo}")
    with server.connect() as client:
        for _ in range(1000):
            client.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            response = http.client.HTTPResponse(client)
            response.begin()
            response.read()
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "reloaded" in server.log.read_text(encoding="utf-8"))
    assert server.call("something")[0] == 200
    os.close(reader)


# --- the end


def test_a_large_response_is_sent_to_its_end_while_the_server_drains(serve):
    server = serve("--access-log=off")
    with server.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        client.sendall(call_bytes("large"))
        response = http.client.HTTPResponse(client)
        response.begin()
        server.process.send_signal(signal.SIGTERM)
        length = 0
        while piece := response.read(500_000):  # takes longer than the hosts to end
            length += len(piece)
            time.sleep(0.03)
        assert length > 50_000_000
        assert server.process.wait(30) == 0


def test_a_client_that_reads_nothing_does_not_hold_up_the_end(serve):
    server = serve("--access-log=off", "--drain-timeout=1000")
    with server.connect() as client:
        client.sendall(call_bytes("large"))
        assert client.recv(10)
        assert server.end() == 0


def test_the_port_of_a_former_run_is_gone_when_there_is_none(tmp_path):
    (tmp_path / "provider.py").write_text(SCRIPT, encoding="utf-8")
    port_file = tmp_path / "port"
    port_file.write_text("1", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = subprocess.run(
            [EXECUTABLE, "serve", "provider.py", f"--listen=127.0.0.1:{other.getsockname()[1]}", "--port-file=port"],
            cwd=tmp_path,
            stderr=subprocess.DEVNULL,
            timeout=30,
        )
    assert ended.returncode == 2
    assert not port_file.exists()
