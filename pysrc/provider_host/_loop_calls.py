"""The calls that an event loop awaits."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref

from ._native import LoopCalls as NativeCalls


class LoopCalls:
    """Those of one loop. They live as long as the loop is open, or has unfinished calls. Used on the loop's thread
    alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = weakref.ref(loop)
        self._native = NativeCalls()
        self.call = self._native.call
        self.cancel = self._native.cancel
        loop.add_reader(self._native.fileno(), self._settle)

    def _settle(self) -> None:
        self._native.settle()


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
