"""The cluster's thread, with actors that do what the test says; no Ray."""

import threading

import pytest
from fake_ray import FakeRay, fake_cluster
from python.package_under_test import wait_until

from provider_host import Cancelled, PoolUnavailable, ShuttingDown
from provider_host.ray._calls import ClusterCall
from provider_host.ray._frames import error_frame, frame_of


@pytest.fixture
def ray():
    return FakeRay()


@pytest.fixture
def cluster(ray):
    made = fake_cluster(ray)
    wait_until(lambda: made.links[0].state == "ready")
    yield made
    made.shutdown(0)


class Settled(dict):
    """What calls have come to, by their ids. Fails when one settles twice."""

    def sink(self, responses):
        for id, response in responses:
            assert id not in self
            self[id] = response

    def calls(self, *ids):
        return [ClusterCall(id, frame_of({"type": "call", "id": id}), self.sink, id) for id in ids]


def result(id):
    return frame_of({"type": "result", "id": id, "result": id})


def answer_take(ray, *frames):
    """The actor has responses."""
    wait_until(lambda: not ray.of("take")[-1][1].done())
    ray.of("take")[-1][1].set_result((b"".join(frames), []))


def test_a_call_goes_to_an_actor_and_its_response_to_the_sink(ray, cluster):
    settled = Settled()
    cluster.submit(settled.calls(1))
    wait_until(lambda: ray.of("submit"))
    (block, ages), received = ray.of("submit")[0]
    assert block == frame_of({"type": "call", "id": 1}) and ages is None
    received.set_result(None)
    answer_take(ray, result(1))
    wait_until(lambda: settled == {1: result(1)})


def test_a_cancel_never_overtakes_its_call(ray, cluster):
    """In an actor the methods of one group act in the order in which they were called."""
    settled = Settled()
    cluster.submit(settled.calls(1))
    wait_until(lambda: ray.of("submit"))
    cluster.cancel([1])
    wait_until(lambda: ray.of("cancel"))
    ours = [(method, group) for _, method, _, group, _ in ray.asked if method in ("submit", "cancel")]
    assert ours == [("submit", None), ("cancel", None)]
    answer_take(ray, error_frame(1, Cancelled("it was cancelled")))
    wait_until(lambda: 1 in settled)


def test_calls_that_come_at_the_end_settle(ray, cluster):
    """Also those that are submitted while the end is under way, and after it."""
    settled = Settled()
    cluster.submit(settled.calls(1))
    wait_until(lambda: ray.of("submit"))
    others = [threading.Thread(target=cluster.submit, args=[settled.calls(id)]) for id in range(2, 40)]
    ender = threading.Thread(target=cluster.shutdown, args=[0])
    for index, thread in enumerate(others):
        thread.start()
        if index == 10:
            ender.start()
    for thread in [*others, ender]:
        thread.join()
    cluster.submit(settled.calls(40))
    assert sorted(settled) == list(range(1, 41))
    assert all(isinstance(error, ShuttingDown) for error in settled.values())
    assert cluster.counts.submitted == sum(cluster.counts.errors.values()) == 40


def test_a_program_that_leaves_ray_is_not_connected_again(ray, cluster):
    settled = Settled()
    cluster.submit(settled.calls(1))
    wait_until(lambda: ray.of("submit"))
    ray.is_up = False
    ray.of("take")[-1][1].set_exception(RuntimeError("Ray has gone"))
    cluster.cancel([1])
    wait_until(lambda: 1 in settled)
    cluster.submit(settled.calls(2))
    wait_until(lambda: 2 in settled)
    assert isinstance(settled[1], Cancelled) and isinstance(settled[2], PoolUnavailable)


def test_a_program_that_connects_again_has_none_of_the_old_actors(ray, cluster):
    settled = Settled()
    cluster.submit(settled.calls(1))
    wait_until(lambda: ray.of("submit"))
    started = len(ray.of("start"))
    ray.worker = "worker 2"
    wait_until(lambda: 1 in settled)
    assert isinstance(settled[1], PoolUnavailable) and "ray.shutdown()" in settled[1].last_error
    assert len(ray.of("start")) == started and ray.killed == []


def test_a_lost_actor_is_killed_and_its_calls_run_on_the_next_one(ray, cluster):
    settled = Settled()
    cluster.submit(settled.calls(1))
    wait_until(lambda: ray.of("submit"))
    ray.of("take")[-1][1].set_exception(RuntimeError("its node has died"))
    wait_until(lambda: len(ray.of("submit")) == 2)
    assert ray.killed == [ray.asked[0][0]]
    answer_take(ray, result(1))
    wait_until(lambda: settled == {1: result(1)})
    assert cluster.links[0].losses == cluster.counts.lost_actors == 1
