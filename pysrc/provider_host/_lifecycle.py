"""Start and end of a pool."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from typing import Callable, Optional

from ._errors import Cancelled, ShuttingDown
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
        self.process = 0  # the one that has started it

    def check_open(self) -> None:
        """Raises `ShuttingDown` after the end."""
        if self.is_closed:
            raise ShuttingDown("this Pool has been shut down")
        if _program_ends:
            raise ShuttingDown("no Pool can start at the end of the program")

    def started(self, may_start: bool = True) -> NativePool:
        """The native pool, after its start if need be. Raises what the start raises, `ShuttingDown` after the end, and
        RuntimeError for a start that would have to wait for itself."""
        with self._lock:
            if self.native is not None:
                return self.native
            self.check_open()
            start = self._start
            is_mine = start is None
            if not may_start or (start is not None and start.thread == threading.get_ident()):
                raise RuntimeError("this Pool has not started yet, and cannot be used from here until it has")
            if start is None:
                start = self._start = _Start()
        return self._run(start) if is_mine else start.outcome.result()

    def _run(self, start: _Start) -> NativePool:
        try:
            native = self._make(start.token)
            with self._lock:
                if not self.is_closed:
                    self.process = os.getpid()
                    self.native = native
            if self.native is None:
                native.shutdown(0)
                self.check_open()
        except BaseException as error:
            given_up = isinstance(error, Cancelled) and self.is_closed
            failure = ShuttingDown("this Pool has been shut down while it started") if given_up else error
            with self._lock:
                self._start = None
            start.outcome.set_exception(failure)
            if given_up:
                raise failure from None
            raise
        with self._lock:
            self._start = None
        start.outcome.set_result(native)
        return native

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
            self.is_closed = True
            start = self._start
        self.give_up_start()
        if start is not None and start.thread != threading.get_ident():
            start.outcome.exception()
        return self.native


_program_ends = False


def refuse_starts() -> None:
    """From now on no pool starts: nobody would end it."""
    global _program_ends
    _program_ends = True


class _Start:
    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.token = CancelToken()
        self.outcome: Future[NativePool] = Future()
