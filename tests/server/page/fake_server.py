"""A server that shows the page any state: what it answers is what a test has put there."""

import json
import queue
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "src" / "server" / "page" / "page.html"
POLICY = ("default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
          "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: "FakeServer"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/":
            self.answer(200, "text/html; charset=utf-8", PAGE.read_bytes(), {"Content-Security-Policy": POLICY})
        elif self.path != "/events":
            self.answer_json(404, {"error": {"message": "no such path", "code": None}})
        elif not self.has_key():
            self.answer_json(401, {"error": {"message": "wrong key", "code": "invalid_api_key"}})
        else:
            self.send_events()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.has_key():
            self.answer_json(401, {"error": {"message": "wrong key", "code": "invalid_api_key"}})
            return
        self.fake.calls.put(body)
        status, kind, lines = self.fake.answers.get(timeout=20)
        self.begin(status, kind)
        for line in lines:
            if line is WAIT:
                self.fake.may_go_on.wait(20)
            elif line is UNTIL_GONE:
                self.wait_until_gone()
            else:
                self.send_chunk(line.encode() if isinstance(line, str) else line)
        self.send_chunk(b"")

    def has_key(self):
        key = self.fake.key
        return key is None or self.headers["Authorization"] == f"Bearer {key}"

    def send_events(self):
        with self.fake.lock:
            if self.fake.is_down:
                self.answer_json(503, {"error": {"message": "down", "code": None}})
                return
            self.begin(200, "text/event-stream")
            self.send_chunk(event_of(self.fake.snapshot))
            self.fake.streams.append(self)
        self.wait_until_gone()
        with self.fake.lock:
            if self in self.fake.streams:
                self.fake.streams.remove(self)

    def wait_until_gone(self):
        poll = select.poll()
        poll.register(self.connection, select.POLLIN | select.POLLHUP)
        poll.poll(50000)
        self.fake.closed.set()
        self.close_connection = True

    def begin(self, status, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send_chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def answer(self, status, kind, body, headers=()):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, status, body):
        self.answer(status, "application/json", json.dumps(body).encode())


WAIT = object()  # in an answer: until `may_go_on` is set
UNTIL_GONE = object()  # in an answer: until the client closes the connection, which sets `closed`


def event_of(snapshot):
    return b"data: " + (snapshot if isinstance(snapshot, str) else json.dumps(snapshot)).encode() + b"\n\n"


class FakeServer:
    """`/events` sends `snapshot` at once and what `show` is given; `/v1/call` answers what is in `answers`."""

    def __init__(self):
        self.lock = threading.Lock()
        self.snapshot = {}
        self.key = None
        self.is_down = False
        self.streams = []
        self.calls = queue.Queue()  # bodies of the requests to /v1/call
        self.answers = queue.Queue()
        self.may_go_on = threading.Event()
        self.closed = threading.Event()
        handler = type("BoundHandler", (Handler,), {"fake": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def show(self, snapshot):
        with self.lock:
            self.snapshot = snapshot
            for stream in self.streams:
                stream.send_chunk(event_of(snapshot))

    def answer_call(self, *lines, status=200, kind="application/x-ndjson"):
        self.answers.put((status, kind, [line if isinstance(line, (str, bytes)) or line in (WAIT, UNTIL_GONE)
                                         else json.dumps(line) + "\n" for line in lines]))

    def go_down(self):
        """Breaks the connections off; `/events` answers with 503 until `come_back`."""
        with self.lock:
            self.is_down = True
            for stream in self.streams:
                stream.connection.shutdown(socket.SHUT_RDWR)
            self.streams.clear()  # their threads may be late, and what is shown next is not for them

    def come_back(self):
        with self.lock:
            self.is_down = False

    def close(self):
        self.go_down()
        self.server.shutdown()
        self.server.server_close()
