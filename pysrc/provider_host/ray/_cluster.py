"""The actors of one pool, and the thread that sends calls to them."""

from __future__ import annotations

import functools
import math
import threading
import time
from queue import Empty, SimpleQueue
from typing import Callable, Dict, Iterable, List, Tuple

from .._errors import ImportFailed, PoolUnavailable, ProviderError, ShuttingDown
from .._log import LogFunction
from .._native import split_frames
from ._actors import Actors
from ._calls import ClusterCall
from ._cluster_log import ClusterLog
from ._connection import Connection
from ._dispatcher import Dispatcher
from ._link import Link
from ._frames import is_cancelled
from ._placement import Placement
from ._reason import reason_of
from ._settler import Settler

POLL = 0.1
"""Seconds between two looks whether all calls have settled."""
TICK = 1.0
"""Seconds after which the thread looks at the time, at the latest."""


class Cluster:
    """Sends calls to actors in blocks, starts actors anew that are lost, and settles every call once.

    All state belongs to one thread, which gets events in a queue: what callers want, and what actors have answered.
    The methods are for any thread, and none waits but `shutdown`."""

    def __init__(
        self, connection: Connection, placement: Placement, actors: int, rerun_lost: bool, log: LogFunction
    ) -> None:
        self._slots = placement.slots
        self._dispatcher = Dispatcher(rerun_lost)
        self._log = ClusterLog(log)
        self._settler = Settler()
        self.counts = self._settler.counts
        self.changed = self._settler.changed
        """Notified when calls have settled or were sent, and when an actor is ready or gone."""
        self._events: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._actors = Actors(connection, placement, actors, self._events.put, self._on_ready, self._on_gone)
        self.links = self._actors.links
        self.ask = self._actors.ask
        self._has_started = False  # before that, the start of the pool raises the failures of actors
        self._is_ending = False
        self._end_lock = threading.RLock()  # a signal handler may submit, too
        self._submitted = 0  # protected by _end_lock
        self._has_ended = False  # protected by _end_lock; the thread handles no more events
        self._thread = threading.Thread(target=self._run, name="provider-host cluster", daemon=True)
        self._thread.start()

    # --- for callers

    def on_pool_started(self) -> None:
        """From now on it is news when an actor fails."""
        self._has_started = True
        late = [link for link in self.links if link.state != "ready"]
        if late:
            late_ones = f"{len(late)} of {len(self.links)} actors have not started yet"
            self._log.say("warning", f"{late_ones}; calls go to the others meanwhile")

    def submit(self, calls: List[ClusterCall]) -> None:
        with self._end_lock:
            self._submitted += len(calls)
            if not self._has_ended:
                self._events.put(functools.partial(self._on_submitted, calls))
                return
            self._on_submitted(calls)
            self._settle_all()

    def cancel(self, ids: Iterable[int]) -> None:
        """Those that an actor has end as soon as their host says so."""
        self._events.put(functools.partial(self._on_cancel, list(ids)))

    def withdraw(self) -> None:
        """Cancels all calls that no host has."""
        self._events.put(self._on_withdraw)

    def unsettled(self) -> int:
        return len(self._dispatcher)

    def waiting(self) -> int:
        """Calls that no actor has, those included that the thread has not seen yet."""
        return self._dispatcher.waiting() + self._submitted - self.counts.submitted

    def sent_to(self, number: int) -> int:
        """Calls that the actor of that number has."""
        return len(self._dispatcher.seat(number).sent)

    def capacity(self) -> int:
        """How many calls all actors together should have now."""
        return self._dispatcher.capacity()

    def flush_log(self) -> None:
        self._log.flush()

    def wait_until_settled(self, limit: float = math.inf) -> None:
        """Returns when all calls that were submitted before have settled, or ``limit`` seconds have passed."""
        until = time.monotonic() + limit
        seen = threading.Event()
        self._events.put(seen.set)
        with self.changed:
            while self._thread.is_alive() and not (seen.is_set() and self.unsettled() == 0):
                left = until - time.monotonic()
                if left <= 0:
                    return
                self.changed.wait(min(left, POLL))

    def end_soon(self) -> None:
        """All calls end as `ShuttingDown`, and the actors end. Does not wait for that."""
        self._events.put(self._on_end)

    def shutdown(self, drain: float) -> None:
        """Waits at most ``drain`` seconds for the calls, and for the end of the actors. The rest of the calls end as
        `ShuttingDown`."""
        self.wait_until_settled(drain)
        self.end_soon()
        self._thread.join()
        self._log.flush()

    # --- the thread

    def _run(self) -> None:
        while True:
            self._handle_events()
            if self._is_ending:
                break
            now = time.monotonic()
            self._guarded(lambda: self._watch_time(now))
            self._guarded(lambda: self._send(now))
            self._guarded(lambda: self._withdraw(self._dispatcher.recalls(now)))
        with self._end_lock:  # what was submitted meanwhile
            self._has_ended = True
            while not self._events.empty():
                self._guarded(self._events.get_nowait())
            self._settle_all()

    def _handle_events(self) -> None:
        """Waits for an event, and handles all that are there."""
        try:
            event = self._events.get(timeout=self._until_next())
            while True:
                self._guarded(event)
                if self._is_ending:
                    return
                event = self._events.get_nowait()
        except Empty:
            pass

    def _guarded(self, event: Callable[[], None]) -> None:
        """Nothing ends this thread, as calls would wait for ever."""
        try:
            event()
        except Exception as error:
            self._log.say("error", f"internal error: {type(error).__name__}: {error}")

    def _until_next(self) -> float:
        deadline = self._dispatcher.next_deadline()
        if any(link.state == "waiting" for link in self.links):
            return 0.05
        return TICK if deadline is None else max(0.0, min(TICK, deadline - time.monotonic()))

    def _watch_time(self, now: float) -> None:
        self._settler.settle(self._dispatcher.expire(now))
        self._actors.check(now)

    # --- actors

    def _on_ready(self, link: Link) -> None:
        self._dispatcher.seat(link.number).on_ready(self._slots)
        self._log.say("info" if self._has_started else "debug", f"{link.place()} is ready")
        self._take(link)
        self._settler.notify()

    def _on_gone(self, link: Link, error: ProviderError, was_ready: bool) -> None:
        self.counts.lost_actors += was_ready
        self._log.say("debug" if not self._has_started else "warning" if was_ready else "error", error.message)
        self._settler.settle(self._dispatcher.on_lost(link.number, error.message))
        self._reject_if_failing()
        self._settler.notify()

    def _take(self, link: Link) -> None:
        self._actors.watch(link, link.handle.take.options(concurrency_group="take").remote(), self._on_taken)

    def _on_taken(self, link: Link, taken: Tuple[bytes, List[Tuple[str, int, str, str]]]) -> None:
        block, lines = taken
        now = time.monotonic()
        self._take(link)
        link.on_answer(now, bool(block))
        self._log.add(link.number, lines)
        responses = dict(split_frames(block))
        given_back = {id for id, frame in responses.items() if is_cancelled(frame)}
        calls = self._dispatcher.on_given_back(link.number, given_back, now) if given_back else []
        calls += self._dispatcher.on_responses(link.number, (id for id in responses if id not in given_back), now)
        self._settler.settle([(call, responses[call.id]) for call in calls])

    # --- calls

    def _on_submitted(self, calls: List[ClusterCall]) -> None:
        self._dispatcher.add(calls, time.monotonic())
        self.counts.submitted += len(calls)
        self._reject_if_failing()

    def _reject_if_failing(self) -> None:
        """Calls do not wait when no actor is there, and none can be started."""
        failing = [link.error for link in self.links if link.state == "waiting" and link.is_failing and link.error]
        if len(failing) == len(self.links):
            error: ProviderError = PoolUnavailable("no actor can be started", last_error=failing[0].message)
            if isinstance(failing[0], ImportFailed):
                error = failing[0]
            self._settler.settle(self._dispatcher.reject_waiting(error))

    def _on_cancel(self, ids: List[int]) -> None:
        settled, with_actors = self._dispatcher.cancel(ids)
        self._settler.settle(settled)
        if self._actors.is_connected():
            for number, those in with_actors.items():
                self.links[number - 1].handle.cancel.remote(those)

    def _on_withdraw(self) -> None:
        settled, with_actors = self._dispatcher.withdraw()
        self._settler.settle(settled)
        self._withdraw(with_actors)

    def _withdraw(self, ids_by_seat: Dict[int, List[int]]) -> None:
        if self._actors.is_connected():
            for number, ids in ids_by_seat.items():
                self.links[number - 1].handle.withdraw.remote(ids)

    def _send(self, now: float) -> None:
        has_sent = False
        while True:
            block = self._dispatcher.next_block(now)
            if block is None:
                if has_sent:  # there may be space for those who wait
                    self._settler.notify()
                return
            has_sent = True
            link = self.links[block.seat - 1]
            ages = [now - call.submitted for call in block.calls] if any(c.deadline for c in block.calls) else None
            try:
                answer = link.handle.submit.remote(b"".join([call.frame for call in block.calls]), ages)
            except Exception as error:
                self._actors.lose(link, PoolUnavailable(f"{link.place()}: {reason_of(error)}"))
                continue
            self._actors.watch(link, answer, self._on_received)

    def _on_received(self, link: Link, _: None) -> None:
        self._dispatcher.seat(link.number).on_received()

    # --- the end

    def _on_end(self) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        self._settle_all()
        self._guarded(self._actors.end)

    def _settle_all(self) -> None:
        error = ShuttingDown("the pool was shut down before this call had ended")
        self._settler.settle([(call, error) for call in self._dispatcher.settle_all()])
