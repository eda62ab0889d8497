"""As much of Ray as a cluster's thread uses, in this process: actors do what the test says."""

from concurrent.futures import Future
from types import SimpleNamespace

from provider_host.ray._cluster import Cluster
from provider_host.ray._connection import Connection
from provider_host.ray._environment import Shipment
from provider_host.ray._placement import Placement, Request


class FakeRay:
    """Records what its actors are asked in ``asked``: (actor, method, arguments, group, future of the answer)."""

    def __init__(self):
        self.asked = []
        self.killed = []
        self.is_up = True
        self.worker = "worker 1"

    def is_initialized(self):
        return self.is_up

    def get_runtime_context(self):
        assert self.is_up, "this would have started a new Ray"
        return SimpleNamespace(get_worker_id=lambda: self.worker)

    def remote(self, **_):
        return lambda _: _FakeClass(self)

    def kill(self, actor):
        assert self.is_up, "this would have started a new Ray"
        self.killed.append(actor)

    def wait(self, refs, num_returns, timeout):
        pass

    def of(self, method):
        """The arguments and answers of all calls of a method, in their order."""
        return [(arguments, answer) for _, name, arguments, _, answer in self.asked if name == method]


class _FakeClass:
    def __init__(self, ray):
        self._ray = ray

    def options(self, **_):
        return self

    def remote(self, *_):
        return _FakeActor(self._ray)


class _FakeActor:
    def __init__(self, ray):
        self._ray = ray

    def __getattr__(self, method):
        return _FakeMethod(self._ray, self, method, None)


class _FakeMethod:
    def __init__(self, ray, actor, method, group):
        self._call = ray, actor, method, group

    def options(self, concurrency_group):
        ray, actor, method, _ = self._call
        return _FakeMethod(ray, actor, method, concurrency_group)

    def remote(self, *arguments):
        ray, actor, method, group = self._call
        assert ray.is_up, "this would have started a new Ray"
        answer = Future()
        ray.asked.append((actor, method, arguments, group, answer))
        if method == "start":
            where = {"node": "a" * 56, "hostname": "host", "address": "192.0.2.1", "pid": 1}
            answer.set_result({"error": None, "api": "call", **where})
        return SimpleNamespace(future=lambda: answer)


def fake_cluster(ray, actors=1, slots=1):
    placement = Placement(Shipment("script.py", {}), Request(1, 0, {}), {}, slots, 60, [])
    return Cluster(Connection(ray), placement, actors, True, lambda *line: None)
