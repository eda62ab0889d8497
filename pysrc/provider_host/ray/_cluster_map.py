"""Many calls over a cluster, a bounded number of them on their way."""

from __future__ import annotations

import threading
from typing import Dict, Generator, List, Optional, Tuple

from .._errors import InvalidRequest
from ._calls import ClusterCall, Response
from ._calls_of_prompts import CallsOfPrompts
from ._cluster_pool import ClusterPool, Values, values_of

CHUNK = 512
"""Calls that are submitted together."""
MAX_IN_FLIGHT = 16_384


class ClusterMap:
    """The calls of one map. Submits them while there is space, and has what they come to."""

    def __init__(
        self, pool: ClusterPool, calls: CallsOfPrompts, in_flight: Optional[int], slots: int, ordered: bool
    ) -> None:
        """``in_flight``: calls that may be on their way, or done and not taken. None: enough for all actors, which run
        ``slots`` calls at a time. ``ordered``: taken in the order of the prompts, or as they settle."""
        self._pool = pool
        self._calls = calls
        self._in_flight = in_flight
        self._slots = slots
        self._ordered = ordered
        self._settled = threading.Condition()
        self._done: Dict[int, Response] = {}  # by position; protected by _settled
        self._ids: Dict[int, int] = {}  # of the calls that were not taken, by position
        self._next = 0  # position of the next prompt
        self._due = 0  # position that is taken next, if in order
        self._is_exhausted = False

    def outcomes(self) -> Generator[Values, None, None]:
        """The outcomes of all calls, as `NativePool.outcome` returns them. Cancels what is left when it is closed."""
        try:
            while True:
                self._fill()
                if not self._ids:
                    return
                for response in self._take():
                    yield values_of(response)
        finally:
            self._pool.cluster.cancel(self._ids.values())

    def _window(self) -> int:
        if self._in_flight is not None:
            return self._in_flight
        return max(2 * self._slots, min(MAX_IN_FLIGHT, 2 * self._pool.cluster.capacity()))

    def _fill(self) -> None:
        """Submits calls, once there is space for a quarter of the window."""
        window = self._window()
        if self._ids and 4 * len(self._ids) > 3 * window:
            return
        while not self._is_exhausted and len(self._ids) < window:
            self._submit(min(CHUNK, window - len(self._ids)))

    def _submit(self, count: int) -> None:
        """Submits the calls of the next ``count`` prompts."""
        calls: List[ClusterCall] = []
        try:
            for _ in range(count):
                taken = self._calls.take()
                if not taken:
                    self._is_exhausted = True
                    break
                self._ids[self._next] = 0
                try:
                    call = self._calls.make(taken[0], self._on_settled, self._next)
                except InvalidRequest as error:
                    self._on_settled([(self._next, error)])
                else:
                    self._ids[self._next] = call.id
                    calls.append(call)
                self._next += 1
        finally:  # also when the prompts raise
            if calls:
                self._pool.check_process()
                self._pool.cluster.submit(calls)

    def _on_settled(self, responses: List[Tuple[int, Response]]) -> None:
        with self._settled:
            self._done.update(responses)
            self._settled.notify()

    def _take(self) -> List[Response]:
        """What can be taken, at least one."""
        with self._settled:
            while not self._done or (self._ordered and self._due not in self._done):
                self._settled.wait()
            taken: List[Response] = []
            if not self._ordered:
                for position in self._done:
                    del self._ids[position]
                taken.extend(self._done.values())
                self._done.clear()
            while self._due in self._done:
                taken.append(self._done.pop(self._due))
                del self._ids[self._due]
                self._due += 1
        return taken
