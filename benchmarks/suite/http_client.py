"""A client of HTTP on a bare socket, the same for every server: it takes as little time of its own as Python can."""

import json
import socket
import time

PATH = "/v1/chat/completions"
LIMIT = 60  # seconds without a byte


def chat_body(text, stream=False):
    """The body of a request, the same for every server."""
    body = {"model": "provider", "messages": [{"role": "user", "content": text}]}
    return json.dumps(body | {"stream": True} if stream else body, separators=(",", ":"))


class Connection:
    """Keeps one connection open. Raises OSError, also when the server ends it."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def send(self, body):
        self._socket.sendall(f"{self._head}Content-Length: {len(body)}\r\n\r\n{body}".encode())

    def receive(self, complete, received=b""):
        """Bytes until complete(bytes) holds for all of them, with those that were received before."""
        received = bytearray(received)
        while not complete(received):
            part = self._socket.recv(1 << 18)
            if not part:
                raise ConnectionError(f"the server ended the connection after {bytes(received[-300:])!r}")
            received += part
        return received

    def post(self, body):
        """Head and body of the response."""
        self.send(body)
        return self.receive(is_complete)

    def stream(self, body, mark):
        """(seconds to the first `mark`, seconds to the end, how many marks) of the response."""
        start = time.perf_counter()
        self.send(body)
        received = self.receive(lambda received: mark in received)
        first = time.perf_counter() - start
        received = self.receive(has_ended, received)
        return first, time.perf_counter() - start, received.count(mark)


def has_ended(received):
    """Whether a response in chunks is complete."""
    return received.endswith(b"0\r\n\r\n")


def is_complete(received):
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return len(body) >= int(value)
    return has_ended(body)
