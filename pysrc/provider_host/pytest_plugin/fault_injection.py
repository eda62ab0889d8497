"""Fault injection for the hosts of a pool, from outside, with signals and limits: no script has to cooperate."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Dict, Iterator, List, Optional, Tuple, Type

from .._pool import Pool


class FaultInjector:
    """Each method that injects a fault does so in every host of the pool, and returns their process ids.

    The end of the ``with`` block, and of a test with the fixture, calls `undo`.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._paused: List[int] = []
        self._limits: List[Tuple[int, int, Tuple[int, int]]] = []
        self._slowdowns: List[Tuple[threading.Thread, threading.Event]] = []

    def on(self, pool: Pool) -> FaultInjector:
        """The same for another pool; use it in a ``with`` block."""
        return FaultInjector(pool)

    def pids(self) -> List[int]:
        """Process ids of the hosts, once all are ready. Raises TimeoutError after 60 seconds.

        A fault in a host that still starts would only delay its start."""
        deadline = time.monotonic() + 60
        while True:
            hosts: List[Dict[str, Any]] = self.pool.start().stats()["hosts"]
            if all(host["state"] == "ready" for host in hosts):
                return [int(host["pid"]) for host in hosts]
            if time.monotonic() > deadline:
                raise TimeoutError(f"no fault could be injected: not all hosts became ready: {hosts}")
            time.sleep(0.005)

    def kill(self, number: int = signal.SIGKILL) -> List[int]:
        """Kills the hosts. Calls that run fail with `HostCrashed`; the next ones get new hosts."""
        return [pid for pid in self.pids() if _signalled(pid, number)]

    def pause(self) -> List[int]:
        """Stops the hosts until `resume`. They run nothing, and respond neither to calls nor to the pool's probes."""
        stopped = [pid for pid in self.pids() if _signalled(pid, signal.SIGSTOP)]
        self._paused += stopped
        return stopped

    def resume(self) -> None:
        while self._paused:
            _signalled(self._paused.pop(), signal.SIGCONT)

    @contextmanager
    def paused(self) -> Iterator[List[int]]:
        """`pause` for the length of a ``with`` block."""
        try:
            yield self.pause()
        finally:
            self.resume()

    def slow(self, share: float = 0.1, period: float = 0.05) -> List[int]:
        """Lets the hosts run only for this share of the time (0 to 1), in periods of ``period`` seconds."""
        pids = self.pids()
        stop = threading.Event()
        thread = threading.Thread(target=_run_part_time, args=(pids, share, period, stop), daemon=True)
        thread.start()
        self._slowdowns.append((thread, stop))
        return pids

    def fill_stdout(self, size: int = 16 * 2**20, line: int = 2**16) -> List[int]:
        """Writes ``size`` bytes to the stdout of each host, in lines of ``line`` bytes. Returns when the pool has read
        all."""
        pids = self.pids()
        text = b"x" * (line - 1) + b"\n"
        for pid in pids:
            with open(f"/proc/{pid}/fd/1", "wb", buffering=0) as stdout:
                for _ in range(-(-size // line)):
                    rest = memoryview(text)
                    while rest:
                        rest = rest[stdout.write(rest) or 0 :]
        return pids

    def no_descriptors(self) -> List[int]:
        """The hosts can open nothing any more, neither files nor connections."""
        return self._limit(resource.RLIMIT_NOFILE, lambda pid: 0)

    def no_memory(self, spare: int = 2**20) -> List[int]:
        """The hosts can get at most ``spare`` more bytes of memory. Beyond that they see MemoryError."""
        return self._limit(resource.RLIMIT_AS, lambda pid: _address_space(pid) + spare)

    def lift_limits(self) -> None:
        while self._limits:
            pid, kind, limits = self._limits.pop()
            _set_limits(pid, kind, limits)

    def _limit(self, kind: int, value_for: Any) -> List[int]:
        pids = self.pids()
        for pid in pids:
            hard = resource.prlimit(pid, kind)[1]
            self._limits.append((pid, kind, resource.prlimit(pid, kind, (value_for(pid), hard))))
        return pids

    def undo(self) -> None:
        """Resumes hosts that are paused or slow, and lifts limits."""
        for thread, stop in self._slowdowns:
            stop.set()
            thread.join()
        self._slowdowns.clear()
        self.resume()
        self.lift_limits()

    def __enter__(self) -> FaultInjector:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], where: Optional[TracebackType]
    ) -> None:
        self.undo()


def _signalled(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _set_limits(pid: int, kind: int, limits: Tuple[int, int]) -> None:
    try:
        resource.prlimit(pid, kind, limits)
    except (OSError, ValueError):
        pass  # the host is gone


def _address_space(pid: int) -> int:
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def _run_part_time(pids: List[int], share: float, period: float, stop: threading.Event) -> None:
    while not stop.is_set():
        for pid in pids:
            _signalled(pid, signal.SIGSTOP)
        stop.wait(period * (1 - share))
        for pid in pids:
            _signalled(pid, signal.SIGCONT)
        stop.wait(period * share)
