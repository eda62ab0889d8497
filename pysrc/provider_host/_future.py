"""Calls that were submitted."""

from __future__ import annotations

import concurrent.futures
from typing import Any, Optional

from ._native import Pending


class CallFuture(concurrent.futures.Future):  # type: ignore[type-arg]
    """The future of a submitted call, for ``concurrent.futures.wait``, ``as_completed`` and ``asyncio.wrap_future``.

    Unlike an executor's, it can be cancelled while the call runs: the call's code is then asked to end, and its host
    replaced when it does not (the option ``interrupt_grace``). Callbacks run on a thread of the pool's.
    """

    _pending: Optional[Pending] = None

    def cancel(self) -> bool:
        """Cancels the call. False when it has settled already."""
        if not super().cancel():
            return False
        if self._pending is not None:
            self._pending.cancel()
        return True

    def _settle(self, result: Any, error: Optional[BaseException]) -> None:
        if not self.set_running_or_notify_cancel():
            return
        if error is None:
            self.set_result(result)
        else:
            self.set_exception(error)
