"""From the pool's threads into an event loop."""

from __future__ import annotations

import asyncio
import threading
import weakref
from typing import Any, List, Optional, Tuple

_Settled = Tuple["asyncio.Future[Any]", Any, Optional[BaseException]]


class LoopInbox:
    """Hands results to the futures of one event loop, all that come together with one wake-up of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._lock = threading.Lock()
        self._settled: List[_Settled] = []  # protected by _lock

    def put(self, future: asyncio.Future[Any], result: Any, error: Optional[BaseException]) -> None:
        """Settles the future soon. From any thread."""
        with self._lock:
            self._settled.append((future, result, error))
            is_first = len(self._settled) == 1
        loop = self._loop()
        if not is_first or loop is None:
            return
        try:
            loop.call_soon_threadsafe(self._deliver)
        except RuntimeError:  # the loop has been closed, nobody waits any more
            pass

    def _deliver(self) -> None:
        with self._lock:
            settled, self._settled = self._settled, []
        for future, result, error in settled:
            if future.done():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


_inboxes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoopInbox] = weakref.WeakKeyDictionary()
_inboxes_lock = threading.Lock()


def inbox_of(loop: asyncio.AbstractEventLoop) -> LoopInbox:
    """The inbox of a loop, the same at every call."""
    with _inboxes_lock:
        inbox = _inboxes.get(loop)
        if inbox is None:
            inbox = _inboxes[loop] = LoopInbox(loop)
        return inbox
