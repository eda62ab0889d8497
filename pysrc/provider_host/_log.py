"""Where lines of hosts go: the user's function or the logger ``provider_host``."""

from __future__ import annotations

import logging
import threading
import weakref
from typing import Any, Callable, List, cast

from ._errors import ConfigError

logger = logging.getLogger("provider_host")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

LogFunction = Callable[[str, int, str, str], object]


def log_line(level: str, host: int, source: str, text: str) -> None:
    """Passes a line of a host, or of the pool itself, on to the logger ``provider_host``."""
    number = _LEVELS[level]
    if logger.isEnabledFor(number):
        logger.log(number, "[%s] %s", f"host {host}" if host else "pool", text)


def wanted_levels(log: Any) -> List[str]:
    """The levels whose lines somebody gets: the function ``log`` gets all, else the logger what it lets through."""
    return [name for name, number in _LEVELS.items() if log is not None or logger.isEnabledFor(number)]


def log_function(log: Any) -> LogFunction:
    """The function for the option ``log``. Raises `ConfigError` for what cannot be called."""
    if log is None:
        return log_line
    if not callable(log):
        raise ConfigError(f"log must be a function that takes (level, host, source, text), not {log!r}")
    return cast(LogFunction, log)


class Log:
    """The log function of a pool. The native pool gets `sink`, which has a weak reference to it: the function may refer
    to the pool, and the garbage collector does not see references through the native pool."""

    def __init__(self, log: Any) -> None:
        self._function = log_function(log)
        self._thread = 0

    def is_here(self) -> bool:
        """Whether this is called by the log function."""
        return self._thread == threading.get_ident()

    def sink(self) -> LogFunction:
        """The function for the native pool, which calls it with one line after the other."""
        this = weakref.ref(self)

        def write(level: str, host: int, source: str, text: str) -> None:
            log = this()
            if log is not None:
                log._write(level, host, source, text)

        return write

    def _write(self, level: str, host: int, source: str, text: str) -> None:
        self._thread = threading.get_ident()
        try:
            self._function(level, host, source, text)
        finally:
            self._thread = 0
