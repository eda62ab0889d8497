"""The log of a pool over a cluster."""

from __future__ import annotations

import threading
from typing import Iterable, Tuple

from .._callback_thread import CallbackThread
from .._log import LogFunction

MAX_LINES = 10_000
"""Lines that may wait for the function; more are dropped."""
FLUSH_LIMIT = 5.0
"""Seconds."""


class ClusterLog:
    """Calls the log function of the pool, on a thread for this alone. Thread-safe."""

    def __init__(self, log: LogFunction) -> None:
        self._log = log
        self._thread = CallbackThread("provider-host log")
        self._lock = threading.RLock()
        self._waiting = 0  # protected by _lock

    def say(self, level: str, text: str) -> None:
        """A line of the pool itself."""
        self._post(level, 0, "pool", text)

    def add(self, actor: int, lines: Iterable[Tuple[str, int, str, str]]) -> None:
        """Lines of the hosts of an actor."""
        for level, host, source, text in lines:
            self._post(level, host, source, f"[actor {actor}] {text}")

    def flush(self) -> None:
        """Returns when the function has returned from all lines so far, or after `FLUSH_LIMIT`."""
        done = threading.Event()
        self._thread.post(done.set)
        done.wait(FLUSH_LIMIT)

    def _post(self, *line: object) -> None:
        with self._lock:
            if self._waiting >= MAX_LINES:
                return
            self._waiting += 1
        self._thread.post(self._run, *line)

    def _run(self, level: str, host: int, source: str, text: str) -> None:
        with self._lock:
            self._waiting -= 1
        self._log(level, host, source, text)
