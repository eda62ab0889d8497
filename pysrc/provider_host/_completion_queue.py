"""Results of calls, from the pool's threads into an event loop."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections import deque
from typing import Any, Deque, Optional, Tuple

_Settled = Tuple["asyncio.Future[Any]", Any, Optional[BaseException]]


class CompletionQueue:
    """Sets the results of the futures of one event loop. Results that come together need one wake-up of the loop.

    Lives as long as the loop has unfinished calls. Has no lock: a signal handler that interrupts `_deliver` may shut
    the pool down, and so wait for `put`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._settled: Deque[_Settled] = deque()
        self._is_due = False  # whether a delivery is scheduled that has not begun

    def put(self, future: asyncio.Future[Any], result: Any, error: Optional[BaseException]) -> None:
        """Settles the future soon. From any thread."""
        self._settled.append((future, result, error))
        if self._is_due:
            return
        self._is_due = True
        loop = self._loop()
        try:
            if loop is not None:
                loop.call_soon_threadsafe(self._deliver)
                return
        except RuntimeError:  # the loop has been closed
            pass
        self._settled.clear()  # nobody waits for them
        self._is_due = False

    def _deliver(self) -> None:
        """Called on the loop's thread, where a signal handler may raise anywhere. What is left then is delivered in the
        next iteration of the loop."""
        try:
            self._is_due = False
            for _ in range(len(self._settled)):
                future, result, error = self._settled[0]
                if future.done():
                    pass
                elif error is None:
                    future.set_result(result)
                else:
                    future.set_exception(error)
                self._settled.popleft()
        finally:
            if self._settled:
                self._is_due = True
                asyncio.get_running_loop().call_soon(self._deliver)


# The futures in a queue refer to their loop, so a strong reference to a queue would keep the loop alive.
_queues: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[CompletionQueue]] = (
    weakref.WeakKeyDictionary()
)
_queues_lock = threading.Lock()


def completion_queue_of(loop: asyncio.AbstractEventLoop) -> CompletionQueue:
    """The queue of a loop, the same for all its unfinished calls."""
    with _queues_lock:
        known = _queues.get(loop)
        queue = known() if known is not None else None
        if queue is None:
            queue = CompletionQueue(loop)
            _queues[loop] = weakref.ref(queue)
        return queue


def _reset_after_fork() -> None:
    """For a forked child: a thread of the parent may have held the lock."""
    global _queues, _queues_lock
    _queues, _queues_lock = weakref.WeakKeyDictionary(), threading.Lock()


os.register_at_fork(after_in_child=_reset_after_fork)
