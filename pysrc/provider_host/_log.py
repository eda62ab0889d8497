"""Where what hosts print goes unless the pool is told otherwise."""

from __future__ import annotations

import logging

logger = logging.getLogger("provider_host")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def log_line(level: str, host: int, source: str, text: str) -> None:
    """Passes a line of a host, or of the pool itself, on to the logger ``provider_host``."""
    number = _LEVELS[level]
    if logger.isEnabledFor(number):
        logger.log(number, "[%s] %s", f"host {host}" if host else "pool", text)
