"""HTTP as bytes on a connection, for what clients do not let a test send."""

import contextlib
import http.client
import json
import socket

LIMIT = 45  # seconds; below the limit of a test, so that it is said what did not happen


class Response:
    def __init__(self, status, headers, body, version=11):
        self.status, self.headers, self.body, self.version = status, headers, body, version

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def closes(self):
        return (self.headers.get("Connection") or "").lower() == "close"

    def __repr__(self):
        return f"{self.status}\n{self.headers}\n{self.body[:2000]}"


class Wire:
    """A connection over which a test sends whatever bytes it likes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        self._file = self.socket.makefile("rb")

    def send(self, *parts):
        for part in parts:
            self.socket.sendall(part.encode() if isinstance(part, str) else part)

    def post(self, path, body, *fields):
        data = json.dumps(body).encode()
        lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(data)}", *fields, "", ""]
        self.send("\r\n".join(lines), data)

    def get(self, path, *fields):
        self.send("\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *fields, "", ""]))

    def read_head(self):
        """The status and the fields."""
        line = self._file.readline()
        assert line, "the connection was closed instead of a response"
        version, status = line.split(None, 2)[:2]
        assert version in (b"HTTP/1.1", b"HTTP/1.0"), line
        return Response(int(status), http.client.parse_headers(self._file), b"")

    def read_chunk(self):
        """A chunk of a response; empty: the last one."""
        size = int(self._file.readline(), 16)
        data = self._file.read(size)
        assert self._file.read(2) == b"\r\n"
        return data

    def read(self, has_body=True):
        """A whole response."""
        response = self.read_head()
        if response.headers.get("Transfer-Encoding") == "chunked":
            response.body = b"".join(iter(self.read_chunk, b""))
        elif has_body and response.status not in (100, 204):
            length = response.headers.get("Content-Length")
            response.body = self._file.read(int(length)) if length else self._file.read()
        return response

    def is_answered(self):
        """Waits for the first byte of a response; false: the server closes instead."""
        with contextlib.suppress(ConnectionResetError):
            return self._file.peek(1) != b""
        return False

    def rest(self):
        """What comes until the server closes."""
        with contextlib.suppress(ConnectionResetError):
            return self._file.read()
        return b""

    def is_closed(self):
        """Waits until the server closes; whether nothing came before."""
        return self.rest() == b""

    def close(self):
        self._file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request_text(*fields, body="", target="/v1/call", version="HTTP/1.1", host="Host: localhost"):
    """A POST with these fields, as they are."""
    return "\r\n".join(each for each in [f"POST {target} {version}", host, *fields, "\r\n"] if each) + body


def output(response):
    """Of a call that succeeded."""
    assert response.status == 200, response
    return response.json["result"]["output"]
