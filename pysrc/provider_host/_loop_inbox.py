"""From the pool's threads into an event loop."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections import deque
from typing import Any, Deque, Optional, Tuple

_Settled = Tuple["asyncio.Future[Any]", Any, Optional[BaseException]]


class LoopInbox:
    """Hands results to the futures of one event loop, all that come together with one wake-up of the loop. Lives as
    long as a call of the loop is on its way."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._lock = threading.Lock()
        self._settled: Deque[_Settled] = deque()  # protected by _lock

    def put(self, future: asyncio.Future[Any], result: Any, error: Optional[BaseException]) -> None:
        """Settles the future soon. From any thread."""
        with self._lock:
            self._settled.append((future, result, error))
            is_first = len(self._settled) == 1
        if not is_first:
            return
        loop = self._loop()
        try:
            if loop is not None:
                loop.call_soon_threadsafe(self._deliver)
                return
        except RuntimeError:  # the loop has been closed
            pass
        with self._lock:
            self._settled.clear()  # nobody waits any more

    def _deliver(self) -> None:
        """On the loop's thread, where a signal handler may raise anywhere: what it stops comes with the next turn."""
        try:
            for _ in range(len(self._settled)):
                future, result, error = self._settled[0]
                if future.done():
                    pass
                elif error is None:
                    future.set_result(result)
                else:
                    future.set_exception(error)
                with self._lock:
                    self._settled.popleft()
        finally:
            if self._settled:
                asyncio.get_running_loop().call_soon(self._deliver)


# The futures in an inbox know their loop, so an inbox that was kept here would keep it.
_inboxes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[LoopInbox]] = weakref.WeakKeyDictionary()
_inboxes_lock = threading.Lock()


def inbox_of(loop: asyncio.AbstractEventLoop) -> LoopInbox:
    """The inbox of a loop, the same for all calls that are on their way."""
    with _inboxes_lock:
        known = _inboxes.get(loop)
        inbox = known() if known is not None else None
        if inbox is None:
            inbox = LoopInbox(loop)
            _inboxes[loop] = weakref.ref(inbox)
        return inbox
