"""A client of `provider-host pipe` as another program would write it (docs/protocol.md, "The pipe")."""

import json
import os
import struct
import subprocess
import threading
from itertools import count

from conftest import EXECUTABLE, wait_until


def frame(message):
    """A message, or the bytes of a payload, as a frame."""
    payload = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode()
    return struct.pack(">I", len(payload)) + payload


class PipeClient:
    """Starts a pipe. A thread reads all that it sends, unless `reads` is false."""

    def __init__(self, script, *options, environment=None, directory=None, reads=True, command=()):
        self.process = subprocess.Popen(
            [*command, str(EXECUTABLE), "pipe", str(script), *map(str, options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=directory,
        )
        self.messages = []
        self._ids = count(1)
        self._error_text = b""
        self._rest = b""
        self._threads = []
        self._collect(self._read_errors)
        if reads:
            self.read()

    def _collect(self, target):
        thread = threading.Thread(target=target, daemon=True)
        thread.start()
        self._threads.append(thread)

    def read(self):
        self._collect(self._read_frames)

    def _read_errors(self):
        while part := os.read(self.process.stderr.fileno(), 1 << 16):
            self._error_text += part

    def _read_frames(self):
        stream = self.process.stdout
        while header := stream.read(4):
            payload = stream.read(struct.unpack(">I", header)[0])
            self.messages.append(json.loads(payload))

    @property
    def stderr(self):
        return self._error_text.decode()

    # --- sending

    def send_bytes(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        self.send_bytes(frame(message))

    def start(self, *args, **fields):
        """Sends a call; returns its id."""
        number = next(self._ids)
        self.send({"type": "call", "id": number, **fields, "args": list(args)})
        return number

    def ask(self, prompt, **fields):
        return self.start(prompt, {}, {}, **fields)

    def cancel(self, number):
        self.send({"type": "cancel", "id": number})

    def call(self, *args, **fields):
        return self.response(self.start(*args, **fields))

    # --- what came

    def of_type(self, kind):
        return [message for message in self.messages if message["type"] == kind]

    def responses(self, number):
        return [m for m in self.messages if m["type"] in ("result", "error") and m["id"] == number]

    def response(self, number):
        """Waits for the response to a call, which must be the only one."""
        self.wait(lambda: self.responses(number), f"a response to {number}")
        assert len(self.responses(number)) == 1
        return self.responses(number)[0]

    def wait(self, condition, what):
        wait_until(lambda: condition() or not self._threads[-1].is_alive(), what)
        assert condition(), f"the pipe has ended without {what}: {self.messages[-3:]}\n{self.stderr}"

    def wait_for_error_text(self, text):
        wait_until(lambda: text in self.stderr or self.process.poll() is not None, text)
        assert text in self.stderr

    # --- the end

    def end(self):
        """Closes stdin, waits for the end; returns the exit code."""
        if not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        return self.wait_for_end()

    def wait_for_end(self):
        code = self.process.wait()
        for thread in self._threads:
            thread.join()
        return code

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.end()
