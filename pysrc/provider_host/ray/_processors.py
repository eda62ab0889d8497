"""The processors of an actor, which its hosts share."""

from __future__ import annotations

import os
from typing import Any, Mapping


def share_processors(workers: int, options: Mapping[str, Any]) -> None:
    """Divides OMP_NUM_THREADS, which Ray sets to the processors of the actor, among the ``workers`` hosts of a
    pool with these options. Before the pool starts."""
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdigit() and workers > 1 and "OMP_NUM_THREADS" not in options.get("env_set", {}):
        os.environ["OMP_NUM_THREADS"] = str(max(1, int(threads) // workers))
