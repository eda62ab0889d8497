"""Runs a case in promptfoo's own worker, as promptfoo does: a request file, a line, a line back, a response file."""

import array
import fcntl
import json
import os
import platform
import select
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

from .case import Outcome
from .stage import environment_of, script_of

# Long, as many run at a time: one that has died, or waits for the next line, is noticed at once.
SECONDS_TO_START = 120
SECONDS_FOR_A_CALL = 50
SECONDS_BETWEEN_LOOKS = 0.5
READ = {"x86_64": "0", "aarch64": "63"}.get(platform.machine())  # the number of the system call


def in_worker(wrapper, case, directory, server):
    """The outcome of each call. The kinds are `not_ready`, `died`, `no_answer`, `no_json` and `error`."""
    work = Path(directory) / "work"
    work.mkdir()
    worker = _Worker(wrapper, case, script_of(case, directory), work, environment_of(case, server))
    try:
        if not worker.line_that_starts(b"READY", SECONDS_TO_START):
            return [Outcome(kind="not_ready", message=worker.errors())] * len(case.calls)
        return [worker.call(case.arguments_of(prompt)) for prompt, _ in case.calls]
    finally:
        worker.end()


class _Worker:
    def __init__(self, wrapper, case, script, directory, environment):
        self.function = case.function_name
        self.directory = directory
        self.stderr = directory.parent / "stderr"
        command = [sys.executable, wrapper, script, self.function]
        with open(self.stderr, "wb") as stderr:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, cwd=directory, env=environment
            )
        self.unread = b""
        self.ended = False  # its stdout

    def errors(self):
        return self.stderr.read_text(errors="replace")

    def line_that_starts(self, start, seconds):
        """Waits for such a line; false when it does not come in time, stdout has ended or the worker has moved on."""
        deadline = time.monotonic() + seconds
        was_idle = False
        while True:
            *lines, self.unread = self.unread.split(b"\n")
            if any(line.startswith(start) for line in lines):
                return True
            left = max(0, deadline - time.monotonic())
            readable, _, _ = select.select([self.process.stdout], [], [], min(SECONDS_BETWEEN_LOOKS, left))
            if not readable and left > 0:
                if was_idle:
                    return False
                was_idle = self.is_idle()
                continue
            part = os.read(self.process.stdout.fileno(), 1 << 16) if readable else b""
            if not part:
                self.ended = bool(readable)
                return False
            self.unread += part

    def is_idle(self):
        """Whether it has taken all lines and waits for the next: what it has not written by then never comes."""
        unread = array.array("i", [0])
        with suppress(OSError, ValueError):
            fcntl.ioctl(self.process.stdin, termios.FIONREAD, unread)
            name, first, *_ = Path(f"/proc/{self.process.pid}/syscall").read_text().split()
            return (unread[0], name, first) == (0, READ, "0x0")
        return False

    def dead(self):
        """The outcome when the process has ended, else None. The end of its stdout comes a moment before its own."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10 if self.ended else 0)
            return Outcome(kind="died", message=f"exit code {self.process.returncode}\n{self.errors()}")

    def call(self, arguments):
        if dead := self.dead():
            return dead
        request, response = self.directory.parent / "request.json", self.directory.parent / "response.json"
        request.write_text(json.dumps(arguments))
        response.write_text("")
        try:
            self.process.stdin.write(f"CALL|{self.function}|{request}|{response}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has just died
        if not self.line_that_starts(f"DONE|{response}".encode(), SECONDS_FOR_A_CALL):
            return self.dead() or Outcome(kind="no_answer")
        return _outcome(response.read_bytes())

    def end(self):
        self.process.kill()
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def _outcome(response):
    try:
        answer = json.loads(response, parse_constant=_refuse)
    except ValueError as error:
        return Outcome(kind="no_json", message=str(error))
    if answer["type"] == "result":
        return Outcome(result=answer["data"])
    return Outcome(kind="error", message=answer["error"] + "\n" + answer["traceback"])


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")
