"""The processors of an actor, which its hosts share."""

from __future__ import annotations

import os
from typing import Any, Mapping

from .._native import workers_from


def share_processors(workers: object, options: Mapping[str, Any]) -> None:
    """Divides OMP_NUM_THREADS, which Ray sets to the processors of the actor, among the hosts of a pool with these
    options, the most of ``workers``. Before the pool starts. Raises `ConfigError` for wrong ``workers``."""
    most = workers_from("workers", workers)[1]
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdigit() and most > 1 and "OMP_NUM_THREADS" not in options.get("env_set", {}):
        os.environ["OMP_NUM_THREADS"] = str(max(1, int(threads) // most))
