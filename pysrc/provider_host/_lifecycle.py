"""Start and end of a pool."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from typing import Callable, Optional

from ._errors import Cancelled, ConfigError, ProviderError, ShuttingDown
from ._native import CancelToken, NativePool


class Lifecycle:
    """Makes the native pool when it is needed. One start at a time, again after a failure, none after the end.

    The lock is not held while hosts start, and is reentrant. So a signal handler and a log function may call anything
    at any time.
    """

    def __init__(self, make: Callable[[CancelToken], NativePool]) -> None:
        self._make = make
        self._lock = threading.RLock()
        # protected by _lock
        self._start: Optional[_Start] = None  # the one in progress
        self.native: Optional[NativePool] = None
        self.is_closed = False
        self.process = 0  # the one that has started the pool, or is starting it

    def check_open(self) -> None:
        """Raises `ShuttingDown` after the end."""
        if self.is_closed:
            raise ShuttingDown("this Pool has been shut down")
        if _program_ends:
            raise ShuttingDown("no Pool can start at the end of the program")

    def started(self, may_start: bool = True) -> NativePool:
        """The native pool, started first when it is not yet. Raises what the start raises, `ShuttingDown` after the
        end, and RuntimeError when it would have to wait for a start that this thread is in."""
        while True:
            mine: Optional[_Start] = None
            try:  # a signal handler may raise anywhere
                with self._lock:
                    if self.native is not None:
                        return self.native
                    self.check_open()
                    start = self._start_here()
                    if not may_start or (start is not None and start.thread == threading.get_ident()):
                        raise RuntimeError("this Pool has not started yet, and cannot be used from here until it has")
                    if start is None:
                        start = self._start = mine = _Start()
                        self.process = os.getpid()
                native = start.outcome.result() if mine is None else self._run(mine)
            finally:
                if mine is not None:
                    self._forget(mine)
            if native is not None:
                return native

    def _forget(self, start: _Start) -> None:
        """Lets other threads try, unless this start has succeeded."""
        with self._lock:
            if self._start is start:
                self._start = None
        if not start.outcome.done():
            start.outcome.set_result(None)

    def _run(self, start: _Start) -> NativePool:
        try:
            native = self._make(start.token)
            with self._lock:
                if not self.is_closed:
                    self.native = native
            if self.native is None:
                native.shutdown(0)
                self.check_open()
        except BaseException as error:
            aborted = isinstance(error, Cancelled) and self.is_closed
            failure = ShuttingDown("this Pool has been shut down while it started") if aborted else error
            with self._lock:
                self._start = None
            if _is_of_the_pool(failure):
                start.outcome.set_exception(failure)
            if aborted:
                raise failure from None
            raise
        with self._lock:
            self._start = None
        start.outcome.set_result(native)
        return native

    def _start_here(self) -> Optional[_Start]:
        """The start in progress. Raises RuntimeError in a forked child, which has not the thread of that start."""
        if self._start is not None and self.process != os.getpid():
            raise RuntimeError(
                f"this Pool was about to start in process {self.process}, from which this one was forked; a pool and "
                "its hosts cannot be shared, so make one in each process, after the fork"
            )
        return self._start

    def abort_start(self) -> None:
        """Aborts the start in progress, which raises `Cancelled`. Does not wait for that."""
        with self._lock:
            start = self._start
        if start is not None:
            start.token.cancel()

    def close(self) -> Optional[NativePool]:
        """Aborts the start in progress and allows no other. Returns the native pool, which the caller shuts down. Waits
        for the start unless that is on this thread, below a signal handler: then the start raises."""
        with self._lock:
            start = self._start_here()
            self.is_closed = True
        self.abort_start()
        if start is not None and start.thread != threading.get_ident():
            start.outcome.exception()
        return self.native


_program_ends = False


def refuse_starts() -> None:
    """From now on no pool starts, as nothing would shut it down."""
    global _program_ends
    _program_ends = True


def _is_of_the_pool(error: BaseException) -> bool:
    """Whether any start would fail like this, and not only the caller of this one was interrupted."""
    return isinstance(error, (ProviderError, ConfigError)) and not isinstance(error, Cancelled)


class _Start:
    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.token = CancelToken()
        self.outcome: Future[Optional[NativePool]] = Future()  # None: its caller was interrupted, another may try
