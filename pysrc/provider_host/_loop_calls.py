"""The calls that an event loop awaits."""

from __future__ import annotations

import asyncio
import weakref

from ._native import LoopCalls as NativeCalls
from ._of_loops import OfLoops


class LoopCalls:
    """Those of one loop, for all pools. They live as long as the loop is open, or has unfinished calls. Used on the
    loop's thread alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = weakref.ref(loop)
        self._native = NativeCalls()
        self.call = self._native.call
        self.cancel = self._native.cancel
        loop.add_reader(self._native.fileno(), self._settle)

    def _settle(self) -> None:
        self._native.settle()


# Raises NotImplementedError when the loop cannot watch descriptors.
loop_calls: OfLoops[LoopCalls] = OfLoops(LoopCalls)
