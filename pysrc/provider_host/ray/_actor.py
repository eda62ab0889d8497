"""The actor: a pool on one of the cluster's nodes."""

from __future__ import annotations

import os
import socket
import threading
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Tuple

from .._errors import ImportFailed, ProviderError
from .._native import BlockRunner
from .._pool import Pool
from ._processors import share_processors

LogLine = Tuple[str, int, str, str]

TAKE_WAIT = 10.0
"""Seconds that `HostActor.take` waits for a response. It is the actor's sign of life, too."""
GATHER = 0.002
"""Seconds in which more responses gather once there is one."""
MAX_TAKEN = 8 << 20
"""Bytes of responses that are taken together; one response may have more."""
MAX_LOG_LINES = 1000

CONCURRENCY_GROUPS = {"take": 1, "control": 4}
"""Threads of an actor besides the one of `submit`, `cancel` and `withdraw`, which therefore act in the order in which
the driver has called them. Nothing waits for anything else."""


class HostActor:
    """A `Pool` of hosts, and the blocks of calls that the driver sends to it. Its methods run on the threads of
    `CONCURRENCY_GROUPS`. It ends with its process: the hosts see the end of their control channels."""

    def __init__(self, script: str, options: Dict[str, Any], log_levels: List[str]) -> None:
        """``script``: a path, which may be relative to the working directory that came with the actor. ``options``:
        those of `Pool`. ``log_levels``: the levels of the lines that the driver wants."""
        self._script = script
        self._options = options
        self._log = _LogLines(log_levels)
        self._pool: Optional[Pool] = None
        self._runner: Optional[BlockRunner] = None

    def start(self) -> Dict[str, Any]:
        """Starts the pool. What the actor is and where; with ``error``, the fields of an error, when the script cannot
        be imported here, or the options do not fit this node."""
        import ray

        context = ray.get_runtime_context()
        about = {
            "actor": context.get_actor_id(),
            "node": context.get_node_id(),
            "address": ray.util.get_node_ip_address(),
            "hostname": socket.gethostname(),
            "pid": os.getpid(),
            "error": None,
        }
        try:
            share_processors(self._options.get("workers", 1), self._options)
            pool = Pool(os.path.abspath(self._script), log=self._log.add, **self._options).start()
            native = pool._native()
            self._runner = BlockRunner(native)
        except ImportFailed as error:
            return {**about, "error": error.to_dict()}
        except (ValueError, TypeError, ProviderError) as error:  # ConfigError among them
            return {**about, "error": {"kind": "invalid_request", "message": str(error)}}
        self._pool = pool
        return {**about, "api": native.default_api().name}

    def submit(self, block: bytes, ages: Optional[List[float]]) -> None:
        """Queues the calls of a block. ``ages``: seconds that each has waited, which its deadline includes."""
        self._started_runner().submit(block, ages)

    def take(self) -> Tuple[bytes, List[LogLine]]:
        """Waits at most `TAKE_WAIT` for responses and lines of the log, and returns those there are."""
        return self._started_runner().take(TAKE_WAIT, GATHER, MAX_TAKEN), self._log.take()

    def cancel(self, ids: List[int]) -> None:
        self._started_runner().cancel(ids)

    def withdraw(self, ids: List[int]) -> None:
        """Cancels those of these calls that no host has."""
        self._started_runner().withdraw(ids)

    def stats(self) -> Dict[str, Any]:
        return self._started_pool().stats()

    def check_health(self, limit: float) -> Dict[str, Any]:
        return self._started_pool().check_health(limit)

    def inspect(self) -> Dict[str, Any]:
        return self._started_pool().inspect()

    def shutdown(self, drain: float) -> None:
        """Ends the hosts; see `Pool.shutdown`."""
        if self._pool is not None:
            self._pool.shutdown(drain)

    def _started_pool(self) -> Pool:
        assert self._pool is not None, "start() has not succeeded"
        return self._pool

    def _started_runner(self) -> BlockRunner:
        assert self._runner is not None, "start() has not succeeded"
        return self._runner


class _LogLines:
    """Lines of the hosts' log on their way to the driver. Keeps the newest when too many come."""

    def __init__(self, levels: List[str]) -> None:
        self._levels = levels
        self._lock = threading.Lock()
        self._lines: Deque[LogLine] = deque(maxlen=MAX_LOG_LINES)
        self._dropped = 0

    def add(self, level: str, host: int, source: str, text: str) -> None:
        if level not in self._levels:
            return
        with self._lock:
            self._dropped += len(self._lines) == MAX_LOG_LINES
            self._lines.append((level, host, source, text))

    def take(self) -> List[LogLine]:
        with self._lock:
            lines = list(self._lines)
            self._lines.clear()
            dropped, self._dropped = self._dropped, 0
        if dropped:
            lines.insert(0, ("warning", 0, "pool", f"{dropped} lines of the log came too fast and were left out"))
        return lines
