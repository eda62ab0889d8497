"""The actors of a pool: started, watched, and started anew when they are lost."""

from __future__ import annotations

import functools
import time
from typing import Any, Callable, Dict, List, Tuple

from .._errors import InvalidRequest, PoolUnavailable, ProviderError, error_from_fields
from ._actor import CONCURRENCY_GROUPS, TAKE_WAIT, HostActor
from ._connection import Connection
from ._link import Link
from ._placement import Placement
from ._reason import reason_of

SILENCE = 60.0
"""Seconds after which an actor counts as lost that should have shown a sign of life."""
END_WAIT = 5.0
"""Seconds that hosts get to end at the end of a pool, and that a start may take beyond ``start_timeout``."""

Event = Callable[[], None]


class Actors:
    """Keeps an actor on each seat. Used by the cluster's thread, but for `ask` and the states of `links`, which any
    thread may read. What actors answer becomes an event of that thread."""

    def __init__(
        self,
        connection: Connection,
        placement: Placement,
        count: int,
        post: Callable[[Event], None],
        on_ready: Callable[[Link], None],
        on_gone: Callable[[Link, ProviderError, bool], None],
    ) -> None:
        """``post``: runs an event on the cluster's thread. ``on_gone(link, error, was_ready)``: an actor was lost, or
        could not be started."""
        self._connection = connection
        self._ray = connection.ray
        self._placement = placement
        self._post = post
        self._on_ready = on_ready
        self._on_gone = on_gone
        self._class = self._ray.remote(concurrency_groups=CONCURRENCY_GROUPS)(HostActor)
        self._looked_at = time.monotonic()
        self.links = [Link(number + 1) for number in range(count)]

    def is_connected(self) -> bool:
        return self._connection.is_alive()

    def ask(self, method: str, *args: Any) -> List[Tuple[Link, Any]]:
        """Calls a method of each actor that is ready; what it returns, by `ObjectRef`."""
        if not self.is_connected():
            return []
        return [
            (link, getattr(link.handle, method).options(concurrency_group="control").remote(*args))
            for link in self.links
            if link.state == "ready"
        ]

    def watch(self, link: Link, answer: Any, handle: Callable[[Link, Any], None]) -> None:
        """``handle(link, value)`` is called with what the actor answers, unless it is gone by then. It is when the
        answer is an error."""
        generation = link.generation

        def on_event(future: Any) -> None:
            if link.generation != generation or not self.is_connected():
                return  # the latter is seen by `check`
            error = future.exception()
            if error is None:
                handle(link, future.result())
            else:
                self.lose(link, PoolUnavailable(f"{link.place()}: {reason_of(error)}"))

        answer.future().add_done_callback(lambda future: self._post(functools.partial(on_event, future)))

    def check(self, now: float) -> None:
        """Starts actors that are due, and gives up those that do not start or are silent."""
        if now - self._looked_at > TAKE_WAIT:  # this process was stopped, and what came meanwhile is still on its way
            for link in self.links:
                link.heard_at = now
        self._looked_at = now
        if not self.is_connected():
            self._on_disconnected(now)
            return
        limit = self._placement.start_timeout
        for link in self.links:
            if link.state == "waiting" and now >= link.start_at:
                self._start(link, now)
            elif link.state == "starting" and limit and now - link.started_at > limit + END_WAIT:
                self.lose(link, self._not_placed(link))
            elif link.state == "ready" and now - link.heard_at > TAKE_WAIT + SILENCE:
                self.lose(link, PoolUnavailable(f"{link.place()} has not answered for {now - link.heard_at:.0f} s"))

    def lose(self, link: Link, error: ProviderError) -> None:
        """The actor of a link is gone, or is taken for that: it is killed, as nobody knows what it does."""
        was_ready = link.state == "ready"
        link.on_gone(error, time.monotonic())
        self._kill(link)
        self._on_gone(link, error, was_ready)

    def end(self) -> None:
        """Ends all hosts and actors. They answer nothing more."""
        ends = [answer for _, answer in self.ask("shutdown", 0.0)]
        if ends:
            self._ray.wait(ends, num_returns=len(ends), timeout=END_WAIT)
        for link in self.links:
            link.generation += 1
            self._kill(link)

    def _start(self, link: Link, now: float) -> None:
        link.on_starting(now)
        placement = self._placement
        try:
            actor = self._class.options(**placement.actor_options())
            link.handle = actor.remote(placement.shipment.script, placement.options, placement.log_levels)
            answer = link.handle.start.options(concurrency_group="control").remote()
        except Exception as error:
            kind = InvalidRequest if isinstance(error, (TypeError, ValueError)) else PoolUnavailable
            self.lose(link, kind(f"{link.place()} cannot be started: {reason_of(error)}"))
            return
        self.watch(link, answer, self._on_started)

    def _on_started(self, link: Link, about: Dict[str, Any]) -> None:
        fields = about["error"]
        if fields is None:
            link.on_ready(about, time.monotonic())
            self._on_ready(link)
            return
        link.about = about
        error = error_from_fields(fields)
        self.lose(link, error_from_fields({**fields, "message": f"{link.place()}: {error.message}"}))

    def _not_placed(self, link: Link) -> ProviderError:
        needs = ", ".join(f"{amount:g} {name}" for name, amount in self._placement.request.amounts().items())
        return PoolUnavailable(
            f"{link.place()} has not started within start_timeout ({self._placement.start_timeout:g} s); it needs "
            f"{needs or 'no resources'} of a node, and `ray status` shows what is free"
        )

    def _on_disconnected(self, now: float) -> None:
        if all(link.is_failing and link.state == "waiting" for link in self.links):
            return  # known already
        error = PoolUnavailable("this program is not connected to the Ray cluster any more (ray.shutdown())")
        for link in self.links:
            link.on_gone(error, now)
            link.is_failing = True
            self._on_gone(link, error, False)

    def _kill(self, link: Link) -> None:
        if link.handle is None or not self.is_connected():
            return
        try:
            self._ray.kill(link.handle)
        except Exception:  # it has ended, or Ray has
            pass
