"""Results of calls, from the pool's threads into an event loop."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from typing import Any, Deque, Optional, Tuple

from ._of_loops import OfLoops

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


completion_queues: OfLoops[CompletionQueue] = OfLoops(CompletionQueue)
