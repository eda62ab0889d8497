"""The calls that an event loop awaits."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections import deque
from typing import Any, Deque, Dict, Optional, Tuple

from ._native import Api, CallLimits, NativePool
from ._native import LoopCalls as NativeCalls

_BLOCK = 32  # calls that are submitted without waiting for others

_Settled = Tuple[int, Any, Optional[BaseException]]


class LoopCalls:
    """Submits calls and settles their futures, many at a time. Calls of one iteration of the loop are submitted
    together, but at once while the hosts have too little to do.

    Lives as long as its loop is open, or has unfinished calls. Used on the loop's thread alone. A signal handler may
    raise anywhere there: what it keeps from being done then is done in the next iteration.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = weakref.ref(loop)
        self._native = NativeCalls()
        self._futures: Dict[int, asyncio.Future[Any]] = {}  # of the calls that have not settled
        self._settled: Deque[_Settled] = deque()
        self._last_number = 0
        self._last_submitted = 0
        self._is_submission_due = False
        loop.add_reader(self._native.fileno(), self._deliver)

    def call(
        self,
        loop: asyncio.AbstractEventLoop,
        native: NativePool,
        at_a_time: int,
        api: Api,
        function: str,
        args: Tuple[Any, ...],
        limits: CallLimits,
    ) -> Tuple[int, asyncio.Future[Any]]:
        """Makes a call. Returns its number, for `cancel`, and its future. ``at_a_time``: how many calls the hosts run
        at a time."""
        self._last_number = number = self._last_number + 1
        self._native.add(number, native, api, function, args, limits)
        future = self._futures[number] = loop.create_future()
        if len(self._futures) <= at_a_time or number - self._last_submitted >= _BLOCK:
            self._submit()
        elif not self._is_submission_due:
            loop.call_soon(self._submit)
            self._is_submission_due = True
        return number, future

    def cancel(self, number: int) -> None:
        """Cancels a call. Its future stays as it is."""
        if self._futures.pop(number, None) is not None:
            self._native.cancel(number)

    def _submit(self) -> None:
        try:
            self._native.submit()
            self._last_submitted = self._last_number
        except Exception as error:
            self._refuse(error)
        finally:
            self._is_submission_due = self._native.has_added()
            if self._is_submission_due:
                asyncio.get_running_loop().call_soon(self._submit)

    def _refuse(self, error: Exception) -> None:
        """No call that is left could be submitted."""
        for number in range(self._last_submitted + 1, self._last_number + 1):
            future = self._futures.pop(number, None)
            if future is not None and not future.done():
                future.set_exception(error)
        self._last_submitted = self._last_number

    def _deliver(self) -> None:
        try:
            if self._native.has_added():  # what should have submitted them may have been interrupted
                self._submit()
            self._native.take(self._settled)
            for _ in range(len(self._settled)):
                number, result, error = self._settled[0]
                future = self._futures.get(number)
                if future is None or future.done():
                    pass
                elif error is None:
                    future.set_result(result)
                else:
                    future.set_exception(error)
                self._futures.pop(number, None)
                self._settled.popleft()
        finally:
            if self._settled:
                asyncio.get_running_loop().call_soon(self._deliver)


# The futures of a loop's calls refer to the loop, so a strong reference to them would keep it alive.
_calls: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[LoopCalls]] = weakref.WeakKeyDictionary()
_calls_lock = threading.Lock()


def loop_calls_of(loop: asyncio.AbstractEventLoop) -> LoopCalls:
    """Those of a loop, the same for all pools. Raises NotImplementedError when the loop cannot watch descriptors."""
    with _calls_lock:
        known = _calls.get(loop)
        calls = known() if known is not None else None
        if calls is None:
            calls = LoopCalls(loop)
            _calls[loop] = weakref.ref(calls)
        return calls


def _reset_after_fork() -> None:
    """For a forked child: a thread of the parent may have held the lock."""
    global _calls, _calls_lock
    _calls, _calls_lock = weakref.WeakKeyDictionary(), threading.Lock()


os.register_at_fork(after_in_child=_reset_after_fork)
