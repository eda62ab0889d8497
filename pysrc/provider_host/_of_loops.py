"""What is there once for each event loop."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from typing import Callable, Generic, TypeVar

_T = TypeVar("_T")


class OfLoops(Generic[_T]):
    """Makes an object for each event loop, the same for all its users. It lives as long as one of them refers to it, as
    it may refer to its loop, which a strong reference would keep alive."""

    def __init__(self, make: Callable[[asyncio.AbstractEventLoop], _T]) -> None:
        self._make = make
        self._reset()
        os.register_at_fork(after_in_child=self._reset)  # a thread of the parent may have held the lock

    def __getitem__(self, loop: asyncio.AbstractEventLoop) -> _T:
        """Raises what ``make`` raises."""
        with self._lock:
            known = self._known.get(loop)
            found = known() if known is not None else None
            if found is None:
                found = self._make(loop)
                self._known[loop] = weakref.ref(found)
            return found

    def _reset(self) -> None:
        self._known: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[_T]] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()
