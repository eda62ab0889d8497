"""Host executables without a pool: a test starts a host or a template, and speaks docs/protocol.md with it."""

import contextlib
import json
import mmap
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build" / "bin" / "provider-host")).resolve()
LIBEXEC = Path(os.environ.get("PROVIDER_HOST_LIBEXEC", EXECUTABLE.parent.parent / "libexec" / "provider_host"))
HOST = LIBEXEC / "provider-host-python{}.{}".format(*sys.version_info)
MEMORY = 4 << 20  # at least what a host maps
IN_USE = 0x7068626231  # CrashRecord::kInUse
LIMIT = 30  # seconds, for whatever a test waits for
START = {
    "type": "start",
    "protocol": 3,
    "role": "host",
    "host": 1,
    "python": sys.executable,
    "script": "",
    "concurrency": 1,
    "frame_limit": 1 << 26,
    "nan": "error",
    "surrogates": "error",
    "bytes": "error",
    "event_loop": "asyncio",
    "memory_limit": 0,
    "core_dumps": "off",
    "no_new_privs": "off",
    "umask": "inherit",
}

# A script that tells where it was imported and started, and can end in several ways.
ECHO = """
import os, signal, sys
imports = [os.getpid()]
def on_host_start():
    imports.append(os.getpid())
def call_api(*args):
    print("called in", os.getpid())
    return {"pid": os.getpid(), "group": os.getpgrp(), "imports": imports, "args": args, "main": __name__}
def crash(): os.kill(os.getpid(), signal.SIGSEGV)
def exit(code): os._exit(code)
def grow(): return len(bytearray(64 << 20))
"""


class Channel:
    """One end of a channel of frames."""

    def __init__(self, end):
        self.socket = end
        self.socket.settimeout(LIMIT)

    def send(self, message, fds=()):
        payload = json.dumps(message, separators=(",", ":")).encode()
        socket.send_fds(self.socket, [struct.pack(">I", len(payload)) + payload], fds)

    def read(self):
        """The next message; None at the end of the channel."""
        header = self._take(4)
        return json.loads(self._take(*struct.unpack(">I", header))) if header else None

    def _take(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                return b""
            data += more
        return data


class Output:
    """What comes out of a pipe, as text."""

    def __init__(self, fd):
        self.fd = fd
        self.text = ""

    def until(self, text):
        """All of it until `text` is there, or the end."""
        while text not in self.text and self._read():
            pass
        return self.text

    def rest(self):
        return self.until("\0")

    def _read(self):
        if not select.select([self.fd], [], [], LIMIT)[0]:
            raise TimeoutError(self.text)
        data = os.read(self.fd, 65536)
        self.text += data.decode()
        return bool(data)


class Host:
    """The pool's ends of everything between it and a host."""

    def __init__(self):
        (ours, theirs), (control, control_theirs) = socket.socketpair(), socket.socketpair()
        pipes = [os.pipe() for _ in range(3)]
        memory = os.memfd_create("test-host")
        os.ftruncate(memory, MEMORY)
        self.memory = mmap.mmap(memory, MEMORY)
        self.call, self.control = Channel(ours), Channel(control)
        self.diagnostics, self.out, self.err = (Output(read) for read, _ in pipes)
        # call, control, diagnostics, memory, stdout, stderr
        self.theirs = [theirs.detach(), control_theirs.detach(), pipes[0][1], memory, pipes[1][1], pipes[2][1]]
        self.pid = 0
        self.ids = iter(range(1, 1 << 53))

    def close_theirs(self):
        for fd in self.theirs:
            os.close(fd)
        self.theirs = []

    def start(self, script, **options):
        self.call.send({**START, "script": str(script), **options})

    def begin(self, *args, function="call_api"):
        """Sends a call, and returns its id."""
        call = next(self.ids)
        self.call.send({"type": "call", "id": call, "function": function, "api": "none", "args": args})
        return call

    def run(self, *args, function="call_api"):
        """The result of a call."""
        call = self.begin(*args, function=function)
        response = self.call.read()
        assert response is not None, self.err.rest()
        assert response.get("id") == call, response
        if "error" in response:
            raise RuntimeError(response["error"]["message"])
        return response["result"]

    def record(self, field):
        """A number in the crash record (src/wire/crash_record.h)."""
        offsets = {"in_use": 0, "calls_read": 8, "culprit": 16, "gil_responded": 56, "executes": 96}
        return struct.unpack_from("=Q", self.memory, offsets[field])[0]

    def end(self):
        """The host is to end gracefully."""
        self.call.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.close_theirs()
        self.call.socket.close()
        self.control.socket.close()
        for output in (self.diagnostics, self.out, self.err):
            os.close(output.fd)
        self.memory.close()


class Process(Host):
    """A host or a template that was started by itself."""

    def __init__(self, script, as_template=False, **options):
        super().__init__()
        call, control, diagnostics, memory, out, err = self.theirs
        self.process = subprocess.Popen(
            [HOST, f"--protocol-fds={call},{control},{diagnostics},{memory}", str(script)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            pass_fds=[call, control, diagnostics, memory],
            start_new_session=True,
            **options.pop("popen", {}),
        )
        self.pid = self.process.pid
        self.close_theirs()
        self.forks = {}
        self.script = script
        self.options = options
        self.start(script, role="template" if as_template else "host", **options)

    def request_fork(self):
        """Sends the request; the host, which has no process id yet."""
        host = Host()
        host.id = len(self.forks) + 1
        self.forks[host.id] = host
        self.call.send({"type": "fork", "id": host.id}, host.theirs)
        host.close_theirs()
        return host

    def fork(self):
        """A host that this template has forked, and that is ready."""
        host = self.request_fork()
        answer = self.call.read()
        assert answer is not None and answer["type"] == "forked", answer
        assert answer["id"] == host.id
        host.pid = answer["pid"]
        host.start(self.script, **self.options)
        host.ready = host.call.read()
        assert host.ready is not None and host.ready["type"] == "ready", host.ready
        return host

    def wait_for(self, host):
        """How a fork has ended; it is reaped."""
        message = self.call.read()
        assert (message["type"], message["id"]) == ("exited", host.id)
        self.call.send({"type": "reap", "id": host.id})
        return message

    def close(self):
        for host in [*self.forks.values(), self]:
            if host.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(host.pid, signal.SIGKILL)
        super().close()
        for host in self.forks.values():
            host.close()
        self.process.wait(LIMIT)
