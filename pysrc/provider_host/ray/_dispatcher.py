"""Which actor gets which calls, and what becomes of the calls of a lost one."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from typing import Deque, Dict, Iterable, List, NamedTuple, Optional, Tuple

from .._errors import Cancelled, Collateral, ProviderError, Timeout
from ._calls import ClusterCall
from ._seat import MAX_BYTES, Seat


class Block(NamedTuple):
    """Calls that are to be sent to the actor of a seat, together."""

    seat: int
    calls: List[ClusterCall]


Settled = List[Tuple[ClusterCall, ProviderError]]


class Dispatcher:
    """The queue, and the ledger of calls that have not settled. Each leaves it once, as settled.

    Pure: takes events and ``now`` in seconds of any one clock, and returns what is to be done. Not thread-safe."""

    def __init__(self, rerun_lost: bool = True) -> None:
        """``rerun_lost``: calls of a lost actor run once more on another one."""
        self._rerun_lost = rerun_lost
        self._calls: Dict[int, ClusterCall] = {}  # the ledger
        self._orders = itertools.count()
        self._waiting = 0  # calls of the ledger that no actor has
        # What has settled meanwhile stays in queue and heap until its turn comes.
        self._queue: Deque[ClusterCall] = deque()
        self._deadlines: List[Tuple[float, int]] = []  # a heap
        self._seats: Dict[int, Seat] = {}
        self._keys: Dict[str, Tuple[int, int]] = {}  # affinity → (seat, its unsettled calls that are bound to it)

    def __len__(self) -> int:
        """Calls that have not settled."""
        return len(self._calls)

    def waiting(self) -> int:
        """Calls that no actor has."""
        return self._waiting

    def seat(self, number: int) -> Seat:
        """The seat of that number, made when it is new."""
        if number not in self._seats:
            self._seats[number] = Seat(number)
        return self._seats[number]

    def has_ready_actor(self) -> bool:
        return any(seat.slots for seat in self._seats.values())

    def capacity(self) -> int:
        """How many calls all actors together should have."""
        return sum(seat.capacity() for seat in self._seats.values())

    # --- events

    def add(self, calls: Iterable[ClusterCall], now: float) -> None:
        for call in calls:
            call.submitted = now
            call.order = next(self._orders)
            self._calls[call.id] = call
            self._queue.append(call)
            self._waiting += 1
            if call.deadline:
                heapq.heappush(self._deadlines, (now + call.deadline, call.id))

    def on_responses(self, number: int, ids: Iterable[int], now: float) -> List[ClusterCall]:
        """The calls that have settled, in the order of ``ids``; those that the seat's actor does not have are not among
        them."""
        seat = self.seat(number)
        calls = []
        for id in ids:
            call = seat.sent.pop(id, None)
            if call is not None:
                seat.bytes -= len(call.frame)
                self._forget(call)
                calls.append(call)
        seat.on_settled(len(calls), now)
        return calls

    def on_given_back(self, number: int, ids: Iterable[int], now: float) -> List[ClusterCall]:
        """An actor says that these calls were cancelled. Those that were only asked back are in the queue again, in the
        order of submission. The others have settled, and are returned."""
        seat = self.seat(number)
        known = [seat.sent[id] for id in ids if id in seat.sent]
        back = [call for call in known if call.recall_requested and not call.cancel_requested]
        for call in back:
            call.recall_requested = False
            del seat.sent[call.id]
            seat.bytes -= len(call.frame)
            self._release(call)
        self._queue = deque(sorted([*back, *self._queue], key=lambda call: call.order))
        return self.on_responses(number, [call.id for call in known], now)

    def on_lost(self, number: int, reason: str) -> Settled:
        """The actor of a seat is gone. Its calls go to the front of the queue, in their order. Those that were
        cancelled, and those with which another actor was lost before, have settled, and are returned."""
        seat = self.seat(number)
        again: List[ClusterCall] = []
        settled: Settled = []
        for call in seat.sent.values():
            call.losses += 1
            self._release(call)
            if call.cancel_requested:
                settled.append((call, Cancelled("the call was cancelled; its actor was lost before it had ended it")))
            elif call.losses > (1 if self._rerun_lost else 0):
                settled.append((call, self._collateral(call, reason)))
            else:
                again.append(call)
        again.extend(seat.own)
        seat.on_lost()
        for key in [key for key, (bound, _) in self._keys.items() if bound == number]:
            del self._keys[key]
        for call in again:
            call.is_bound = False
        self._queue.extendleft(reversed(again))
        for call, _ in settled:
            self._forget(call)
        return settled

    def cancel(self, ids: Iterable[int]) -> Tuple[Settled, Dict[int, List[int]]]:
        """What settles at once, since no actor has it, and the ids that actors must cancel, by their seats."""
        settled: Settled = []
        with_actors: Dict[int, List[int]] = {}
        for id in ids:
            call = self._calls.get(id)
            if call is None:
                continue
            if call.seat is None:
                self._forget(call)
                settled.append((call, Cancelled("the call was cancelled before an actor had it")))
            else:
                call.cancel_requested = True
                with_actors.setdefault(call.seat, []).append(id)
        return settled, with_actors

    def withdraw(self) -> Tuple[Settled, Dict[int, List[int]]]:
        """All calls that no actor has, as cancelled, and those that actors have, by seats. They are cancelled, too, if
        no host has them."""
        for call in self._calls.values():
            call.cancel_requested = True
        settled = self.reject_waiting(Cancelled("the call was cancelled before an actor had it"))
        return settled, {number: list(seat.sent) for number, seat in self._seats.items() if seat.sent}

    def reject_waiting(self, error: ProviderError) -> Settled:
        """All calls that no actor has, with that error."""
        settled = [(call, error) for call in self._calls.values() if call.seat is None]
        for call, _ in settled:
            self._forget(call)
        return settled

    def expire(self, now: float) -> Settled:
        """The calls that no actor has and whose deadline has passed."""
        settled: Settled = []
        while self._deadlines and self._deadlines[0][0] <= now:
            call = self._calls.get(heapq.heappop(self._deadlines)[1])
            if call is not None and call.seat is None:
                self._forget(call)
                settled.append((call, _timeout(call, now)))
        return settled

    def next_deadline(self) -> Optional[float]:
        """When `expire` may have something to do."""
        return self._deadlines[0][0] if self._deadlines else None

    def settle_all(self) -> List[ClusterCall]:
        """All calls that have not settled. They have now."""
        calls = list(self._calls.values())
        for call in calls:
            if call.seat is not None:
                self._seats[call.seat].sent.pop(call.id)
                self._release(call)
            self._forget(call)
        return calls

    # --- what is to be sent

    def recalls(self, now: float) -> Dict[int, List[int]]:
        """The calls that actors are to give back unless a host has them, by seats: what an actor has beyond its slots
        while others are idle. Calls with a key stay, as they would go to the same actor again."""
        if self._waiting or not any(seat.is_idle() for seat in self._seats.values()):
            return {}
        recalls = {}
        for seat in self._seats.values():
            if seat.should_give_back(now):
                calls = [call for call in list(seat.sent.values())[seat.slots :] if not call.affinity]
                for call in calls:
                    call.recall_requested = True
                recalls[seat.number] = [call.id for call in calls]
        return {number: ids for number, ids in recalls.items() if ids}

    def next_block(self, now: float) -> Optional[Block]:
        """The next block, for the actor with the least load. To be asked for until there is none."""
        if self._waiting == 0:
            return None
        ready = sorted((seat for seat in self._seats.values() if seat.space()), key=Seat.load)
        for index, seat in enumerate(ready):
            # A fair share: a short queue goes to all actors.
            share = -(-len(self._queue) // (len(ready) - index)) + len(seat.own)
            calls = self._take(seat, min(seat.space(), share))
            if calls:
                self._waiting -= len(calls)
                seat.on_sent(calls, now)
                return Block(seat.number, calls)
        return None

    def _take(self, seat: Seat, count: int) -> List[ClusterCall]:
        calls: List[ClusterCall] = []
        space = MAX_BYTES - seat.bytes
        while len(calls) < count and (space > 0 or not (calls or seat.sent)):
            if not seat.own and not self._queue:
                break
            call = seat.own.popleft() if seat.own else self._queue.popleft()
            if call.id not in self._calls or (call.affinity and not self._is_for(call, seat)):
                continue
            space -= len(call.frame)
            calls.append(call)
        return calls

    def _is_for(self, call: ClusterCall, seat: Seat) -> bool:
        """Whether a call with a key goes to this seat. Else it waits for the actor that has the calls of its key."""
        if call.is_bound:
            return True
        bound, count = self._keys.get(call.affinity, (seat.number, 0))
        self._keys[call.affinity] = (bound, count + 1)
        call.is_bound = True
        if bound != seat.number:
            self._seats[bound].own.append(call)
        return bound == seat.number

    # --- the ledger

    def _release(self, call: ClusterCall) -> None:
        """No actor has it any more."""
        call.seat = None
        self._waiting += 1

    def _forget(self, call: ClusterCall) -> None:
        del self._calls[call.id]
        call.is_settled = True
        if call.seat is None:
            self._waiting -= 1
        if call.is_bound and call.affinity in self._keys:
            bound, count = self._keys[call.affinity]
            if count > 1:
                self._keys[call.affinity] = (bound, count - 1)
            else:
                del self._keys[call.affinity]

    def _collateral(self, call: ClusterCall, reason: str) -> ProviderError:
        lost = "the actor that had this call was lost" if call.losses == 1 else "two actors with this call were lost"
        hint = "it is not run a third time" if self._rerun_lost else "it is not run again, as rerun_lost is off"
        return Collateral(f"{lost} ({reason}); {hint}")


def _timeout(call: ClusterCall, now: float) -> ProviderError:
    waited = round(now - call.submitted, 3)
    return Timeout(
        f"the deadline of {call.deadline} s passed while the call waited for an actor", phase="queued", queued_s=waited
    )
