"""Drives a worker exactly as promptfoo does: sockets, a request file, a line, a line back, a response file."""

import json
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

LIMIT = 60


class Response(dict):
    """What was in the response file, and how long it took."""

    seconds = 0.0


class WorkerProcess:
    def __init__(self, command, directory, environment=None, preexec_fn=None):
        """`command`: interpreter, wrapper, script, function; `directory`: for requests and responses."""
        self.directory = Path(directory)
        pairs = [socket.socketpair() for _ in range(3)]
        self.stdin, self.stdout, stderr = (ours for ours, _ in pairs)
        self.process = subprocess.Popen(
            [str(each) for each in command],
            stdin=pairs[0][1],
            stdout=pairs[1][1],
            stderr=pairs[2][1],
            env={**os.environ, **(environment or {})},
            preexec_fn=preexec_fn,
        )
        for _, theirs in pairs:
            theirs.close()
        self._news = threading.Condition()
        self._lines, self._stdout_ended, self._calls = [], False, 0
        self._stderr = b""
        self._threads = [
            threading.Thread(target=self._read_stdout, daemon=True),
            threading.Thread(target=self._read_stderr, args=(stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(LIMIT)
        for each in (self.stdin, self.stdout):
            each.close()

    # --- what it writes

    def _read_stdout(self):
        text = b""
        while part := self._received(self.stdout):
            *lines, text = (text + part).split(b"\n")
            with self._news:
                self._lines += lines
                self._news.notify_all()
        with self._news:
            self._stdout_ended = True
            self._news.notify_all()

    def _read_stderr(self, stderr):
        while part := self._received(stderr):
            with self._news:
                self._stderr += part
                self._news.notify_all()
        stderr.close()

    @staticmethod
    def _received(connection):
        try:
            return connection.recv(1 << 16)
        except OSError:
            return b""

    @property
    def stderr(self):
        with self._news:
            return self._stderr.decode()

    @property
    def lines(self):
        """All that came on stdout."""
        with self._news:
            return list(self._lines)

    def wait_for(self, condition, what):
        with self._news:
            came = self._news.wait_for(condition, LIMIT)
            assert came, f"no {what} within {LIMIT} s; stderr:\n{self._stderr.decode()}"

    def wait_for_line(self, line):
        line = line.encode()
        self.wait_for(lambda: line in self._lines or self._stdout_ended, repr(line))
        assert line in self._lines, f"stdout ended before {line!r}; stderr:\n{self.stderr}"

    def wait_for_stderr(self, text):
        self.wait_for(lambda: text.encode() in self._stderr, repr(text))

    def wait_for_lines_on_stderr(self, count):
        self.wait_for(lambda: self._stderr.count(b"\n") >= count, f"{count} lines on stderr")

    def ready(self):
        self.wait_for_line("READY")
        return self

    # --- what it is told

    def send(self, line):
        self.stdin.sendall(f"{line}\n".encode())

    def start(self, function, arguments, text=None):
        """Sends a request; returns the path of its response."""
        self._calls += 1
        place = self.directory / f"call-{self._calls}"
        place.mkdir()
        request, response = place / "request.json", place / "response.json"
        request.write_text(json.dumps(arguments) if text is None else text, encoding="utf-8", errors="surrogatepass")
        response.write_text("")
        self.send(f"CALL|{function}|{request}|{response}" if function else f"CALL|{request}|{response}")
        return response

    def finish(self, response):
        self.wait_for_line(f"DONE|{response}")
        return Response(json.loads(response.read_text(encoding="utf-8")))

    def call(self, function="call_api", prompt="Hi", timeout=None, **config):
        if timeout is not None:
            config["timeout"] = timeout
        start = time.monotonic()
        response = self.finish(self.start(function, [prompt, {"id": "x", "config": config}, {"vars": {}}]))
        response.seconds = time.monotonic() - start
        return response

    def result(self, *arguments, **options):
        response = self.call(*arguments, **options)
        assert response["type"] == "result", response
        return response["data"]

    def error(self, *arguments, **options):
        response = self.call(*arguments, **options)
        assert response["type"] == "error", response
        return response

    # --- its end

    def end(self):
        """SHUTDOWN, as promptfoo sends it; waits for the process and both its streams. Returns the exit code."""
        self.send("SHUTDOWN")
        return self.ended()

    def ended(self):
        code = self.process.wait(LIMIT)
        for thread in self._threads:
            thread.join(LIMIT)
            assert not thread.is_alive(), "a descendant holds stdout or stderr open"
        return code
