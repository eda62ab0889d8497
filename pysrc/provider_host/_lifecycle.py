"""Start and end of a pool."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from typing import Callable, Optional

from ._errors import Cancelled, ConfigError, ProviderError, ShuttingDown
from ._native import CancelToken, NativePool


class Lifecycle:
    """Makes the native pool when it is needed: one start at a time, one that failed is tried again, none after the end.

    The lock is held for decisions only, not while hosts start, and its thread may take it again; so a signal handler
    and a log function may ask for anything at any time.
    """

    def __init__(self, make: Callable[[CancelToken], NativePool]) -> None:
        self._make = make
        self._lock = threading.RLock()
        # protected by _lock
        self._start: Optional[_Start] = None  # the one that is going on
        self.native: Optional[NativePool] = None
        self.is_closed = False
        self.process = 0  # the one that has started it, or tries to

    def check_open(self) -> None:
        """Raises `ShuttingDown` after the end."""
        if self.is_closed:
            raise ShuttingDown("this Pool has been shut down")
        if _program_ends:
            raise ShuttingDown("no Pool can start at the end of the program")

    def started(self, may_start: bool = True) -> NativePool:
        """The native pool, after its start if need be. Raises what the start raises, `ShuttingDown` after the end, and
        RuntimeError for a start that would have to wait for itself."""
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
        """Lets others try unless this start has come to something."""
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
            given_up = isinstance(error, Cancelled) and self.is_closed
            failure = ShuttingDown("this Pool has been shut down while it started") if given_up else error
            with self._lock:
                self._start = None
            if _is_of_the_pool(failure):
                start.outcome.set_exception(failure)
            if given_up:
                raise failure from None
            raise
        with self._lock:
            self._start = None
        start.outcome.set_result(native)
        return native

    def _start_here(self) -> Optional[_Start]:
        """The start that is going on. Raises RuntimeError in a forked child, where nobody goes on with it."""
        if self._start is not None and self.process != os.getpid():
            raise RuntimeError(
                f"this Pool was about to start in process {self.process}, from which this one was forked; a pool and "
                "its hosts cannot be shared, so make one in each process, after the fork"
            )
        return self._start

    def give_up_start(self) -> None:
        """Ends a start that is going on; it raises `Cancelled`. Does not wait for that."""
        with self._lock:
            start = self._start
        if start is not None:
            start.token.cancel()

    def close(self) -> Optional[NativePool]:
        """Gives up a start that is going on; nothing starts any more. Returns what is to be shut down. Does not wait
        for the start if this is its own thread, in a signal handler: the start raises then."""
        with self._lock:
            start = self._start_here()
            self.is_closed = True
        self.give_up_start()
        if start is not None and start.thread != threading.get_ident():
            start.outcome.exception()
        return self.native


_program_ends = False


def refuse_starts() -> None:
    """From now on no pool starts: nobody would end it."""
    global _program_ends
    _program_ends = True


def _is_of_the_pool(error: BaseException) -> bool:
    """Whether this is why no start would do, and not what has stopped the one caller who made this one."""
    return isinstance(error, (ProviderError, ConfigError)) and not isinstance(error, Cancelled)


class _Start:
    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.token = CancelToken()
        self.outcome: Future[Optional[NativePool]] = Future()  # None: its caller was stopped, another may try
