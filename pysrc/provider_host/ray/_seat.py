"""How many calls one actor should have at a time."""

from __future__ import annotations

from collections import deque
from typing import Deque, Dict, List

from ._calls import ClusterCall

AHEAD = 0.05
"""Seconds of work that an actor has beyond the calls that it runs. Longer than a message to it and back takes."""
MAX_CALLS = 8192
"""Calls that an actor has at most, unless it runs more at a time."""
MAX_BYTES = 16 << 20
"""Bytes of calls that an actor has at most; one call may have more."""
RECALL_INTERVAL = 1.0
"""Seconds between two times that calls are asked back from an actor."""
MAX_BLOCKS = 2
"""Blocks on their way to an actor. So calls gather to larger blocks while messages are slow."""


class Seat:
    """The place of one actor in the pool. Actors come and go; the seat stays. Pure: it knows calls and time only."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.slots = 0
        """Calls that the actor runs at a time; 0: there is none, or it is not ready."""
        self.sent: Dict[int, ClusterCall] = {}
        """Calls that the actor has, by their ids, in the order in which they were sent."""
        self.own: Deque[ClusterCall] = deque()
        """Calls that must go to this actor, for their affinity, and have not been sent."""
        self.blocks = 0
        """Blocks that were sent and not received yet."""
        self.bytes = 0
        """Of the calls that the actor has."""
        self._rate = 0.0  # calls a second, while it has any
        self._counted = 0  # calls that have settled since the rate was measured
        self._busy = 0.0  # seconds in which there were calls since then, until _since
        self._since = 0.0
        self._recalled = -RECALL_INTERVAL  # when calls were asked back

    def on_ready(self, slots: int) -> None:
        """An actor is here that runs ``slots`` calls at a time."""
        self.slots = slots

    def on_lost(self) -> None:
        """The actor is gone, and with it all that it had."""
        self.slots = self.blocks = self.bytes = 0
        self.sent.clear()
        self.own.clear()
        self._rate = self._busy = 0.0
        self._counted = 0

    def on_sent(self, calls: List[ClusterCall], now: float) -> None:
        """A block is on its way."""
        if not self.sent:
            self._since = now
        self.blocks += 1
        for call in calls:
            call.seat = self.number
            self.sent[call.id] = call
            self.bytes += len(call.frame)

    def on_received(self) -> None:
        """The actor has a block."""
        self.blocks -= 1

    def on_settled(self, count: int, now: float) -> None:
        """``count`` calls have left `sent`. The rate is measured over at least `AHEAD`: slow calls that happen to end
        together are not taken for fast ones."""
        self._counted += count
        self._busy += now - self._since
        self._since = now
        if self._busy >= AHEAD:
            rate = self._counted / self._busy
            self._rate = rate if self._rate == 0 else 0.5 * self._rate + 0.5 * rate
            self._busy, self._counted = 0.0, 0

    def capacity(self) -> int:
        """How many calls the actor should have: those that it runs, and `AHEAD` of work."""
        if self.slots == 0:
            return 0
        return max(self.slots, min(MAX_CALLS, self.slots + int(self._rate * AHEAD)))

    def space(self) -> int:
        """How many calls may be sent now. Nothing until a quarter of the capacity is free, as a block costs the same
        whatever is in it; but an idle slot is filled at once."""
        if self.slots == 0 or self.blocks >= MAX_BLOCKS or (self.bytes >= MAX_BYTES and self.sent):
            return 0
        capacity = self.capacity()
        free = capacity - len(self.sent)
        if free <= 0 or (len(self.sent) >= self.slots and 4 * free < capacity):
            return 0
        return free

    def should_give_back(self, now: float) -> bool:
        """Whether the actor has more than it can do soon, as its calls have become slow. True once in
        `RECALL_INTERVAL`."""
        rate = min(self._rate, (self._counted + 1) / max(AHEAD, self._busy + now - self._since))
        has_too_many = len(self.sent) > self.slots + int(rate * 4 * AHEAD)
        if not has_too_many or now - self._recalled < RECALL_INTERVAL:
            return False
        self._recalled = now
        return True

    def is_idle(self) -> bool:
        """Whether it has an actor with an empty slot."""
        return len(self.sent) < self.slots

    def load(self) -> float:
        """Of 0 to 1; that of an actor which takes no calls is 1."""
        return len(self.sent) / self.capacity() if self.slots else 1.0
