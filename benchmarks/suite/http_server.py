"""A server that is measured: its processes, their memory, and when it has nothing left to do."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .http_client import Connection
from .memory import resident_mib
from .runner import Failed
from .setting import PROVIDERS

START = 60  # seconds until it must have answered
REST = 0.2  # seconds in which a server at rest uses less than a twentieth of a processor
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def family(pid):
    """The process and all below it."""
    members = [pid]
    for member in members:
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{member}/task").iterdir():
                members += map(int, (thread / "children").read_text().split())
    return members


class HttpServer:
    """Started with `command`, in which "{port}" stands for its port."""

    def __init__(self, name, command):
        self.name, self.port = name, free_port()
        self._command = [word.replace("{port}", str(self.port)) for word in command]
        self._process = self._directory = self._output = None
        self._members = []

    def start(self, body, expected):
        """Returns when POSTing `body` is answered with a text in which `expected` is. Raises Failed."""
        self._directory = tempfile.TemporaryDirectory(prefix="bench", ignore_cleanup_errors=True)
        self._output = tempfile.TemporaryFile("w+")
        own = {"PYTHONPATH": str(PROVIDERS), "RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": self._directory.name}
        self._process = subprocess.Popen(
            self._command,
            env=os.environ | own,
            cwd=self._directory.name,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + START
        answer = "no answer"
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError), Connection(self.port) as connection:
                answer = connection.post(body).decode(errors="replace")
                if expected in answer:
                    return
            time.sleep(0.05)
        self._output.seek(0)
        raise Failed(f"{self.name} did not start: {answer[:300]} {self._output.read().strip()[-500:]}")

    def family(self):
        self._members = family(self._process.pid)
        return self._members

    def memory(self):
        """MiB resident in all its processes."""
        total = 0
        for pid in self.family():
            with contextlib.suppress(OSError):
                total += resident_mib(pid)
        return total

    def settle(self, limit=30):
        """Waits until it is at rest, for at most `limit` seconds."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            before = self._busy()
            time.sleep(REST)
            if self._busy() - before <= REST / 20:
                return

    def end(self):
        if self._process is None:
            return
        members = self.family()
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._output.close()
        self._directory.cleanup()
        self._process = None

    def _busy(self):
        """Seconds of processor time of all its processes."""
        ticks = 0
        for pid in self.family():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS
