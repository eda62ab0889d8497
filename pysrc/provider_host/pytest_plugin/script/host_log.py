"""Keeps what hosts print, for the checks."""

from __future__ import annotations

import threading
from typing import List, Optional, Tuple


class HostLog:
    """The ``log`` function of a pool. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: List[Tuple[str, str, str]] = []

    def __call__(self, level: str, host: int, source: str, text: str) -> None:
        with self._lock:
            if level != "debug" and len(self._lines) < 1_000:  # captured output of calls comes as debug
                self._lines.append((level, source, text))

    def first_print(self) -> Optional[str]:
        """The first line that a host printed outside of calls; None when there is none yet."""
        with self._lock:
            return next((text for _, source, text in self._lines if source in ("stdout", "stderr")), None)
