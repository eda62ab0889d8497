"""The future of a submitted call."""

from __future__ import annotations

import concurrent.futures
import logging
import threading
from types import FunctionType
from typing import Any, Callable, Optional

from ._callback_thread import CallbackThread
from ._native import Pending


class CallFuture(concurrent.futures.Future):  # type: ignore[type-arg]
    """The future of a submitted call, for ``concurrent.futures.wait``, ``as_completed`` and ``asyncio.wrap_future``.

    Unlike an executor's, it can be cancelled while the call runs. The call's code is interrupted, and its host is
    replaced when the code does not end within ``interrupt_grace``. ``running()`` says whether a host has the call. The
    pool lives at least until the call has settled.

    Callbacks run one after the other on a thread that each pool has for them alone, in the order of settling; so they
    may be slow, and may wait for other calls. Callbacks of a future that is done or cancelled run in the thread that
    adds them, or cancels it.
    """

    def __init__(self, pool: object = None, callbacks: Optional[CallbackThread] = None) -> None:
        super().__init__()
        self._pool = pool  # until it has settled
        self._callbacks = callbacks
        self._pending: Optional[Pending] = None
        self._settling_thread = 0

    def cancel(self) -> bool:
        """Cancels the call. False when it has settled already."""
        if not super().cancel():
            return False
        if self._pending is not None:
            self._pending.cancel()
        return True

    def running(self) -> bool:
        """Whether a host has the call."""
        return super().running() or (self._pending is not None and not self.done() and self._pending.running())

    def add_done_callback(self, fn: Callable[[Any], object]) -> None:
        """``fn(future)`` is called when the call has settled. What it raises is logged by ``concurrent.futures``."""
        super().add_done_callback(fn if _only_wakes_a_loop(fn) else _Callback(fn))

    def _settle(self, result: Any, error: Optional[BaseException]) -> None:
        """Called on the pool's thread, where no code of the user may run."""
        try:
            if not self.set_running_or_notify_cancel():
                return
            self._settling_thread = threading.get_ident()
            if error is None:
                self.set_result(result)
            else:
                self.set_exception(error)
        finally:
            self._settling_thread = 0
            self._pool = None


class _Callback:
    """A callback of the user, which runs on the callback thread instead of the thread that settles futures."""

    def __init__(self, function: Callable[[Any], object]) -> None:
        self._function = function

    def __call__(self, future: Any) -> None:
        if future._callbacks is None or future._settling_thread != threading.get_ident():
            self._function(future)
        else:
            future._callbacks.post(self._run, future)

    def _run(self, future: CallFuture) -> None:
        try:
            self._function(future)
        except BaseException:  # as concurrent.futures does
            logging.getLogger("concurrent.futures").exception("exception calling callback for %r", future)


def _only_wakes_a_loop(function: object) -> bool:
    """Those of ``asyncio.wrap_future`` are quick, and must not wait behind others."""
    return type(function) is FunctionType and function.__module__ == "asyncio.futures"
