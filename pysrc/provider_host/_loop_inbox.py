"""From the pool's threads into an event loop."""

from __future__ import annotations

import asyncio
import threading
import weakref
from typing import Any, List, Optional, Tuple

_Settled = Tuple["asyncio.Future[Any]", Any, Optional[BaseException]]


class LoopInbox:
    """Hands results to the futures of one event loop, all that come together with one wake-up of the loop. Lives as
    long as a call of the loop is on its way."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._lock = threading.Lock()
        self._settled: List[_Settled] = []  # protected by _lock

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
        self._take()  # nobody waits any more

    def _take(self) -> List[_Settled]:
        with self._lock:
            settled, self._settled = self._settled, []
        return settled

    def _deliver(self) -> None:
        for future, result, error in self._take():
            if future.done():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


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
