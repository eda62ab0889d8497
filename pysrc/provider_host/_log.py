"""Where what hosts print goes unless the pool is told otherwise."""

from __future__ import annotations

import logging
from typing import Any, Callable, cast

from ._errors import ConfigError

logger = logging.getLogger("provider_host")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def log_line(level: str, host: int, source: str, text: str) -> None:
    """Passes a line of a host, or of the pool itself, on to the logger ``provider_host``."""
    number = _LEVELS[level]
    if logger.isEnabledFor(number):
        logger.log(number, "[%s] %s", f"host {host}" if host else "pool", text)


def log_function(log: Any) -> Callable[[str, int, str, str], object]:
    """What the option ``log`` means. Raises `ConfigError` for what cannot be called."""
    if log is None:
        return log_line
    if not callable(log):
        raise ConfigError(f"log must be a function that takes (level, host, source, text), not {log!r}")
    return cast("Callable[[str, int, str, str], object]", log)
