"""The log of a pool over a cluster."""

from __future__ import annotations

from typing import Iterable, Tuple

from .._callback_thread import CallbackThread
from .._log import LogFunction


class ClusterLog:
    """Calls the log function of the pool, on a thread for this alone. Thread-safe."""

    def __init__(self, log: LogFunction) -> None:
        self._log = log
        self._thread = CallbackThread("provider-host log")

    def say(self, level: str, text: str) -> None:
        """A line of the pool itself."""
        self._thread.post(self._log, level, 0, "pool", text)

    def add(self, actor: int, lines: Iterable[Tuple[str, int, str, str]]) -> None:
        """Lines of the hosts of an actor."""
        for level, host, source, text in lines:
            self._thread.post(self._log, level, host, source, f"[actor {actor}] {text}")

    def flush(self) -> None:
        """Returns when the function has returned from all lines so far."""
        self._thread.finish()
