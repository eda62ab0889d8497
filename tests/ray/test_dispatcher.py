"""Which actor gets which calls. Pure: no Ray, no processes, no clock."""

import random

import pytest

from provider_host import Cancelled, Collateral, ShuttingDown, Timeout
from provider_host.ray._calls import ClusterCall
from provider_host.ray._dispatcher import Dispatcher
from provider_host.ray._seat import AHEAD, MAX_BLOCKS, MAX_BYTES, MAX_CALLS, Seat


def calls(*ids, key="", deadline=None, size=10):
    made = [ClusterCall(id, b"x" * size, None, id, key) for id in ids]
    for call in made:
        call.deadline = deadline
    return made


def dispatcher(*slots, rerun_lost=True):
    """With a ready actor for each number of slots."""
    made = Dispatcher(rerun_lost)
    for number, count in enumerate(slots, 1):
        made.seat(number).on_ready(count)
    return made


def sent(made, now=0.0):
    """What is sent now, as ids by seat."""
    blocks = {}
    while (block := made.next_block(now)) is not None:
        blocks.setdefault(block.seat, []).extend(call.id for call in block.calls)
        made.seat(block.seat).on_received()
    return blocks


def ids(settled):
    return [call.id for call, _ in settled]


def test_calls_wait_until_an_actor_is_ready():
    made = Dispatcher()
    made.add(calls(1), 0)
    assert sent(made) == {}
    made.seat(1).on_ready(1)
    assert sent(made) == {1: [1]}


def test_slow_calls_go_one_to_a_slot_and_evenly():
    made = dispatcher(2, 2, 2)
    made.add(calls(*range(1, 11)), 0)
    blocks = sent(made)
    assert sorted(len(block) for block in blocks.values()) == [2, 2, 2]
    assert made.waiting() == 4


def test_a_short_queue_goes_to_all_actors():
    made = dispatcher(8, 8)
    made.add(calls(1, 2, 3, 4), 0)
    assert sorted(map(len, sent(made).values())) == [2, 2]


def test_the_actor_with_the_least_load_is_next():
    made = dispatcher(4, 4)
    made.add(calls(1, 2, 3, 4, 5, 6), 0)
    blocks = sent(made)
    done = blocks[1][:2]
    made.on_responses(1, done, 0.001)
    made.add(calls(7), 0.001)
    assert sent(made) == {1: [7]}


def test_fast_calls_are_sent_ahead():
    seat = Seat(1)
    seat.on_ready(2)
    assert seat.capacity() == 2
    now = 0.0
    seat.on_sent(calls(1), now)
    for _ in range(10):
        now += AHEAD
        seat.on_settled(1000, now)
    assert seat.capacity() == pytest.approx(1002, abs=5)


def test_one_fast_call_at_a_time_is_fast_too():
    """An actor with one slot is idle after each call, until more are sent ahead."""
    made, now = dispatcher(1), 0.0
    made.add(calls(*range(1, 2000)), now)
    for _ in range(100):
        blocks = sent(made, now)
        now += 0.001
        made.on_responses(1, blocks.get(1, []), now)
        now += 0.001
    assert made.capacity() > 100


def test_slow_calls_that_end_together_are_not_taken_for_fast_ones():
    seat = Seat(1)
    seat.on_ready(8)
    seat.on_sent(calls(1), 0.0)
    for number in range(8):
        seat.on_settled(1, 10 + number * 0.001)
    assert seat.capacity() == 8


def test_capacity_has_a_limit_in_calls_and_bytes():
    made = dispatcher(MAX_CALLS * 2)
    assert made.capacity() == MAX_CALLS * 2
    made = dispatcher(8)
    made.add(calls(1, 2, 3, size=MAX_BYTES), 0)
    assert sent(made) == {1: [1]}
    made.on_responses(1, [1], 0.1)
    assert sent(made, 0.1) == {1: [2]}


def test_blocks_on_their_way_are_few():
    made = dispatcher(100)
    for number in range(1, 6):
        made.add(calls(number), 0)
        made.next_block(0)
    assert made.seat(1).blocks == MAX_BLOCKS
    made.seat(1).on_received()
    assert [call.id for call in made.next_block(0).calls] == [3, 4, 5]


def test_calls_of_a_lost_actor_run_once_more_and_before_others():
    made = dispatcher(2, 2)
    made.add(calls(1, 2, 3, 4, 5), 0)
    blocks = sent(made)
    assert made.on_lost(1, "killed") == []
    made.on_responses(2, blocks[2], 1)
    assert sent(made, 1) == {2: blocks[1]}
    settled = made.on_lost(2, "killed too")
    assert ids(settled) == blocks[1]
    assert all(isinstance(error, Collateral) and "killed too" in error.message for _, error in settled)
    assert len(made) == made.waiting() == 1


def test_a_cancelled_call_does_not_run_again_when_its_actor_is_lost():
    made = dispatcher(2)
    made.add(calls(1, 2), 0)
    sent(made)
    made.cancel([1])
    settled = made.on_lost(1, "gone")
    assert ids(settled) == [1] and isinstance(settled[0][1], Cancelled)
    made.seat(1).on_ready(1)
    assert sent(made) == {1: [2]}


def test_without_rerun_the_calls_of_a_lost_actor_fail():
    made = dispatcher(1, rerun_lost=False)
    made.add(calls(1, 2), 0)
    sent(made)
    settled = made.on_lost(1, "gone")
    assert ids(settled) == [1] and "rerun_lost" in settled[0][1].message
    made.seat(1).on_ready(1)
    assert sent(made) == {1: [2]}


def test_a_late_response_of_a_lost_actor_settles_nothing():
    made = dispatcher(1, 1)
    made.add(calls(1), 0)
    number = next(iter(sent(made)))
    made.on_lost(number, "gone")
    assert made.on_responses(number, [1], 1) == []
    assert len(made) == 1


def test_cancel_settles_what_no_actor_has():
    made = dispatcher(1)
    made.add(calls(1, 2, 3), 0)
    sent(made)
    settled, with_actors = made.cancel([1, 2, 99])
    assert ids(settled) == [2] and isinstance(settled[0][1], Cancelled)
    assert with_actors == {1: [1]}
    made.on_responses(1, [1], 1)
    assert sent(made, 1) == {1: [3]}


def test_a_deadline_ends_a_waiting_call_and_not_one_that_an_actor_has():
    made = dispatcher(1)
    made.add(calls(1, deadline=5) + calls(2, deadline=5) + calls(3), 10)
    sent(made)
    assert made.expire(14.9) == []
    assert made.next_deadline() == 15
    settled = made.expire(15)
    assert ids(settled) == [2]
    assert isinstance(settled[0][1], Timeout) and settled[0][1].phase == "queued" and settled[0][1].queued_s == 5
    assert len(made) == 2


def test_waiting_calls_are_rejected_and_others_stay():
    made = dispatcher(1)
    made.add(calls(1, 2, 3), 0)
    sent(made)
    assert ids(made.reject_waiting(ShuttingDown("over"))) == [2, 3]
    assert [call.id for call in made.settle_all()] == [1]
    assert len(made) == made.waiting() == 0 and sent(made) == {}


def test_an_actor_whose_calls_became_slow_gives_back_what_it_has_not_begun():
    made, now = dispatcher(1, 1), 0.0
    made.add(calls(*range(1, 5000)), now)
    while made.waiting():  # fast ones
        now += AHEAD
        for number, block in sent(made, now).items():
            made.on_responses(number, block, now + AHEAD / 2)
    made.add(calls(*range(5000, 5100)), now)  # slow ones
    blocks = sent(made, now)
    assert len(blocks[1]) > 40 and len(blocks[2]) > 40
    made.on_responses(2, blocks[2], now + 1)
    begun, *others = blocks[1]
    assert made.recalls(now + 10) == {1: others}
    assert made.recalls(now + 10.5) == {}
    assert made.on_given_back(1, others[:0:-1], now + 10.6) == []  # as actors do, the newest first
    assert made.on_given_back(1, others[:1], now + 10.6) == []
    assert made.waiting() == len(others)
    again = sent(made, now + 10.6)
    assert again[2][0] == others[0]
    assert sum(map(len, again.values())) + made.waiting() == len(others)
    while made.waiting():
        made.on_responses(2, list(made.seat(2).sent), now + 11)
        again[2] += sent(made, now + 11).get(2, [])
    assert sorted(again[2]) == again[2]


def test_an_actor_with_fast_calls_keeps_them():
    made, now = dispatcher(1, 1), 0.0
    made.add(calls(*range(1, 50_000)), now)
    for _ in range(40):
        now += AHEAD
        for number in (1, 2):
            made.on_responses(number, list(made.seat(number).sent), now)
        sent(made, now)
        assert made.recalls(now + AHEAD / 10) == {}


def asked_back(made, now=100.0):
    """Makes the dispatcher ask for what it can. Another actor must be idle."""
    return made.recalls(now)


def test_a_call_that_was_cancelled_or_not_asked_back_has_settled_when_its_actor_says_so():
    made = dispatcher(1, 1)
    seat = made.seat(1)
    made.add(calls(1, 2, 3, 4), 0)
    seat._rate = 1000  # so that all go to it
    made.seat(2).slots = 0
    assert sent(made) == {1: [1, 2, 3, 4]}
    made.seat(2).slots = 1
    assert asked_back(made) == {1: [2, 3, 4]}
    assert made.cancel([3])[1] == {1: [3]}
    assert [call.id for call in made.on_given_back(1, [4, 3, 1, 9], 101)] == [3, 1]
    assert sent(made, 101) == {2: [4]}
    assert made.withdraw() == ([], {1: [2], 2: [4]})
    assert [call.id for call in made.on_given_back(1, [2], 102)] == [2]
    assert len(made) == 1


def test_calls_with_a_key_are_not_asked_back():
    made = dispatcher(1, 1)
    made.add([*calls(1, 2, 3, key="a")], 0)
    made.seat(1)._rate = made.seat(2)._rate = 1000
    ((number, block),) = sent(made).items()
    assert block == [1, 2, 3]
    assert asked_back(made) == {}


def test_calls_with_a_key_go_to_one_actor_in_order():
    made = dispatcher(2, 2, 2)
    made.add([*calls(1, 3, 5, 7, 9, key="a"), *calls(2, 4, 6, key="b"), *calls(8)], 0)
    homes, order, now = {}, [], 0.0
    while len(made):
        now += 1
        for number, block in sent(made, now).items():
            for id in block:
                homes.setdefault("a" if id % 2 else "b", set()).add(number)
                order.append(id)
            made.on_responses(number, block, now + 0.5)
    assert len(homes["a"]) == 1
    assert [id for id in order if id % 2] == [1, 3, 5, 7, 9]
    assert [id for id in order if id in (2, 4, 6)] == [2, 4, 6]


def test_keys_of_a_lost_actor_go_on_elsewhere_in_order():
    made = dispatcher(1, 1)
    made.add(calls(1, 2, 3, key="a"), 0)
    (first,) = sent(made)
    made.on_lost(first, "gone")
    order, now = [], 0.0
    while len(made):
        now += 1
        for number, block in sent(made, now).items():
            assert number != first
            order += block
            made.on_responses(number, block, now)
    assert order == [1, 2, 3]


@pytest.mark.parametrize("seed", range(20))
def test_every_call_settles_once_whatever_happens(seed):
    """Actors come, go and answer, callers cancel, deadlines pass, in any order."""
    chance = random.Random(seed)
    made = dispatcher(1, 3, 2)
    settled, next_id, now = [], 1, 0.0
    for _ in range(600):
        now += chance.random() / 20
        what = chance.randrange(9)
        number = chance.randint(1, 3)
        if what < 2:
            count = chance.randint(1, 20)
            key, deadline = chance.choice(["", "", "a", "b"]), chance.choice([None, None, 0.5])
            made.add(calls(*range(next_id, next_id + count), key=key, deadline=deadline), now)
            next_id += count
        elif what < 5:
            have = list(made.seat(number).sent)
            answered = chance.sample(have, chance.randint(0, len(have)))
            settled += [call.id for call in made.on_responses(number, [*answered, next_id + 5], now)]
        elif what == 5:
            settled += ids(made.on_lost(number, "lost"))
            if chance.random() < 0.9:
                made.seat(number).on_ready(chance.randint(1, 3))
        elif what == 8:
            for place, asked in made.recalls(now).items():
                given = chance.sample(asked, chance.randint(0, len(asked)))
                settled += [call.id for call in made.on_given_back(place, given, now)]
        elif what == 6:
            settled += ids(made.cancel(chance.sample(range(1, next_id + 1), min(3, next_id)))[0])
        settled += ids(made.expire(now))
        sent(made, now)
        held = sum(len(made.seat(each).sent) for each in (1, 2, 3))
        assert made.waiting() + held == len(made) == next_id - 1 - len(settled)
    settled += [call.id for call in made.settle_all()]
    assert sorted(settled) == list(range(1, next_id))
    assert len(made) == made.waiting() == 0
