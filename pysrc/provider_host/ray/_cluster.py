"""The actors of one pool, and the thread that sends calls to them."""

from __future__ import annotations

import functools
import math
import threading
import time
from queue import Empty, SimpleQueue
from typing import Any, Callable, Dict, Iterable, List, Tuple

from .._errors import PoolUnavailable, ProviderError, ShuttingDown, error_from_fields
from .._log import LogFunction
from .._native import split_frames
from ._actor import CONCURRENCY_GROUPS, TAKE_WAIT, HostActor
from ._calls import ClusterCall
from ._cluster_log import ClusterLog
from ._connection import Connection
from ._dispatcher import Dispatcher
from ._link import Link
from ._frames import is_cancelled
from ._placement import Placement
from ._reason import reason_of
from ._settler import Settler

SILENCE = 60.0
"""Seconds after which an actor counts as lost that should have shown a sign of life."""
POLL = 0.1
"""Seconds between two looks whether all calls have settled."""
TICK = 1.0
"""Seconds after which the thread looks at the time, at the latest."""
END_WAIT = 5.0
"""Seconds that hosts get to end at the end of a pool, beyond what calls get."""


class Cluster:
    """Sends calls to actors in blocks, starts actors anew that are lost, and settles every call once.

    All state belongs to one thread, which gets events in a queue: what callers want, and what actors have answered.
    The methods are for any thread, and none waits but `shutdown`."""

    def __init__(
        self, connection: Connection, placement: Placement, actors: int, rerun_lost: bool, log: LogFunction
    ) -> None:
        self._connection = connection
        self._ray = ray = connection.ray
        self._placement = placement
        self._class = ray.remote(concurrency_groups=CONCURRENCY_GROUPS)(HostActor)
        self._dispatcher = Dispatcher(rerun_lost)
        self._log = ClusterLog(log)
        self._settler = Settler()
        self.counts = self._settler.counts
        self.changed = self._settler.changed
        """Notified when calls have settled, and when an actor is ready or gone."""
        self.links = [Link(number + 1) for number in range(actors)]
        self._events: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._has_started = False  # before that, the start of the pool raises the failures of actors
        self._looked_at = time.monotonic()
        self._is_ending = False
        self._end_lock = threading.RLock()  # a signal handler may submit, too
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
            if not self._has_ended:
                self._events.put(functools.partial(self._on_submitted, calls))
                return
            self._dispatcher.add(calls, time.monotonic())
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
        """Calls that no actor has."""
        return self._dispatcher.waiting()

    def sent_to(self, number: int) -> int:
        """Calls that the actor of that number has."""
        return len(self._dispatcher.seat(number).sent)

    def capacity(self) -> int:
        """How many calls all actors together should have now."""
        return self._dispatcher.capacity()

    def ask(self, method: str, *args: Any) -> List[Tuple[Link, Any]]:
        """Calls a method of each actor that is ready; what it returns, by `ObjectRef`."""
        if not self._connection.is_alive():
            return []
        return [
            (link, getattr(link.handle, method).options(concurrency_group="control").remote(*args))
            for link in self.links
            if link.state == "ready"
        ]

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
        if now - self._looked_at > TAKE_WAIT:  # this process was stopped, and what came meanwhile is still on its way
            for link in self.links:
                link.heard_at = now
        self._looked_at = now
        if not self._connection.is_alive():
            self._on_disconnected(now)
            return
        for link in self.links:
            limit = self._placement.start_timeout
            if link.state == "waiting" and now >= link.start_at:
                self._start(link, now)
            elif link.state == "starting" and limit and now - link.started_at > limit + END_WAIT:
                self._lose(link, self._not_placed(link))
            elif link.state == "ready" and now - link.heard_at > TAKE_WAIT + SILENCE:
                self._lose(link, PoolUnavailable(f"{link.place()} has not answered for {now - link.heard_at:.0f} s"))

    def _not_placed(self, link: Link) -> ProviderError:
        needs = ", ".join(f"{amount:g} {name}" for name, amount in self._placement.request.amounts().items())
        return PoolUnavailable(
            f"{link.place()} has not started within start_timeout ({self._placement.start_timeout:g} s); it needs "
            f"{needs or 'no resources'} of a node, and `ray status` shows what is free"
        )

    def _on_disconnected(self, now: float) -> None:
        error = PoolUnavailable("this program is not connected to the Ray cluster any more (ray.shutdown())")
        for link in self.links:
            if link.state != "waiting":
                link.on_gone(error, now)
                self._settler.settle(self._dispatcher.on_lost(link.number, error.message))
            link.error = error
        self._settler.settle(self._dispatcher.reject_waiting(error))

    # --- actors

    def _start(self, link: Link, now: float) -> None:
        link.on_starting(now)
        placement = self._placement
        try:
            actor = self._class.options(**placement.actor_options())
            link.handle = actor.remote(placement.shipment.script, placement.options)
            answer = link.handle.start.options(concurrency_group="control").remote()
        except Exception as error:
            self._lose(link, PoolUnavailable(f"{link.place()} cannot be started: {reason_of(error)}"))
            return
        self._watch(link, answer, self._on_started)

    def _watch(self, link: Link, answer: Any, handle: Callable[[Link, Any], None]) -> None:
        """``handle(link, value)`` is called with what the actor answers, unless it is gone by then or that is an
        error."""
        generation = link.generation

        def on_event(future: Any) -> None:
            if link.generation != generation or not self._connection.is_alive():
                return  # the latter is seen by _watch_time
            error = future.exception()
            if error is None:
                handle(link, future.result())
            else:
                self._lose(link, PoolUnavailable(f"{link.place()}: {reason_of(error)}"))

        answer.future().add_done_callback(lambda future: self._events.put(functools.partial(on_event, future)))

    def _on_started(self, link: Link, about: Dict[str, Any]) -> None:
        fields = about["error"]
        if fields is not None:
            link.about = about
            error = error_from_fields(fields)
            self._lose(link, error_from_fields({**fields, "message": f"{link.place()}: {error.message}"}))
            return
        link.on_ready(about, time.monotonic())
        self._dispatcher.seat(link.number).on_ready(self._placement.slots)
        self._log.say("info" if self._has_started else "debug", f"{link.place()} is ready")
        self._take(link)
        self._settler.notify()

    def _take(self, link: Link) -> None:
        self._watch(link, link.handle.take.options(concurrency_group="take").remote(), self._on_taken)

    def _on_taken(self, link: Link, taken: Tuple[bytes, List[Tuple[str, int, str, str]]]) -> None:
        block, lines = taken
        now = time.monotonic()
        self._take(link)
        link.on_answer(now, bool(block))
        self._log.add(link.number, lines)
        responses = dict(split_frames(block))
        given_back = [id for id, frame in responses.items() if is_cancelled(frame)]
        calls = self._dispatcher.on_given_back(link.number, given_back, now) if given_back else []
        calls += self._dispatcher.on_responses(link.number, (id for id in responses if id not in given_back), now)
        self._settler.settle([(call, responses[call.id]) for call in calls])

    def _lose(self, link: Link, error: ProviderError) -> None:
        """The actor of a link is gone, or is taken for that."""
        was_ready = link.state == "ready"
        link.on_gone(error, time.monotonic())
        if self._connection.is_alive() and link.handle is not None:
            self._guarded(lambda: self._ray.kill(link.handle))
        settled = self._dispatcher.on_lost(link.number, error.message)
        self.counts.lost_actors += was_ready
        self._log.say("debug" if not self._has_started else "warning" if was_ready else "error", error.message)
        self._settler.settle(settled)
        self._reject_if_failing()
        self._settler.notify()

    # --- calls

    def _on_submitted(self, calls: List[ClusterCall]) -> None:
        self._dispatcher.add(calls, time.monotonic())
        self.counts.submitted += len(calls)
        self._reject_if_failing()

    def _reject_if_failing(self) -> None:
        """Calls do not wait when no actor is there, and none can be started."""
        failing = [link.error for link in self.links if link.state == "waiting" and link.is_failing and link.error]
        if len(failing) == len(self.links):
            error = PoolUnavailable("no actor of the pool can be started", last_error=failing[0].message)
            self._settler.settle(self._dispatcher.reject_waiting(error))

    def _on_cancel(self, ids: List[int]) -> None:
        settled, with_actors = self._dispatcher.cancel(ids)
        self._settler.settle(settled)
        if self._connection.is_alive():
            for number, those in with_actors.items():
                self.links[number - 1].handle.cancel.remote(those)

    def _on_withdraw(self) -> None:
        settled, with_actors = self._dispatcher.withdraw()
        self._settler.settle(settled)
        self._withdraw(with_actors)

    def _withdraw(self, ids_by_seat: Dict[int, List[int]]) -> None:
        if self._connection.is_alive():
            for number, ids in ids_by_seat.items():
                self.links[number - 1].handle.withdraw.remote(ids)

    def _send(self, now: float) -> None:
        while True:
            block = self._dispatcher.next_block(now)
            if block is None:
                return
            link = self.links[block.seat - 1]
            ages = [now - call.submitted for call in block.calls] if any(c.deadline for c in block.calls) else None
            try:
                answer = link.handle.submit.remote(b"".join([call.frame for call in block.calls]), ages)
            except Exception as error:
                self._lose(link, PoolUnavailable(f"{link.place()}: {reason_of(error)}"))
                continue
            self._watch(link, answer, self._on_received)

    def _on_received(self, link: Link, _: None) -> None:
        self._dispatcher.seat(link.number).on_received()

    # --- the end

    def _on_end(self) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        self._settle_all()
        if not self._connection.is_alive():
            return
        ends = [answer for _, answer in self.ask("shutdown", 0.0)]
        self._guarded(lambda: self._ray.wait(ends, num_returns=len(ends), timeout=END_WAIT) if ends else None)
        for link in self.links:
            link.generation += 1
            if link.handle is not None:
                self._guarded(lambda link=link: self._ray.kill(link.handle))  # type: ignore[misc]

    def _settle_all(self) -> None:
        error = ShuttingDown("the pool was shut down before this call had ended")
        self._settler.settle([(call, error) for call in self._dispatcher.settle_all()])
