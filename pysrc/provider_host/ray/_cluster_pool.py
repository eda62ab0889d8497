"""What `Pool` uses in the place of the compiled pool: calls go to a cluster."""

from __future__ import annotations

import itertools
import os
import time
import weakref
from concurrent.futures import Future
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from .._errors import ConfigError, ImportFailed, InvalidRequest, PoolUnavailable, ProviderError, QueueFull, ShuttingDown
from .._native import Api, CallEncoder, CallLimits, CancelToken, Options, read_response
from ._calls import ClusterCall, Response
from ._cluster import Cluster
from ._link import Link

POLL = 0.05
"""Seconds after which a start looks whether it is aborted."""
STRAGGLERS = 10.0
"""Seconds that the other actors get to start, once one is ready."""
STATS_WAIT = 5.0
"""Seconds that actors get to say how they are."""

Values = Tuple[bool, Any, float, int, int, str, str]


class CallDefaults(NamedTuple):
    """Options of the pool that matter before an actor has a call."""

    deadline: float
    max_queue: int
    queue_wait: float
    shutdown_timeout: float


class ClusterPool:
    """Has the methods of `NativePool` that `Pool` uses. Thread-safe; unusable in a forked child."""

    def __init__(self, cluster: Cluster, options: Options, defaults: CallDefaults) -> None:
        self.cluster = cluster
        self._encoder = CallEncoder(options)
        self._defaults = defaults
        self._ids = itertools.count(1)
        self._process = os.getpid()
        self._is_closed = False
        weakref.finalize(self, cluster.end_soon).atexit = False  # when nobody has closed it

    # --- the start

    def wait_until_started(self, token: CancelToken, limit: float) -> None:
        """Returns when every actor is ready, or one has been for a while. Raises `ImportFailed` or `ConfigError` when
        the script cannot run on one of the nodes, and `PoolUnavailable` when no actor has started in ``limit`` seconds
        (0: no limit)."""
        links = self.cluster.links
        begin = time.monotonic()
        ready_since: Optional[float] = None
        while True:
            errors = [link.error for link in links if link.is_failing and link.error is not None]
            for error in errors:
                if isinstance(error, (ImportFailed, InvalidRequest)):
                    raise _start_error(error)
            ready = sum(link.state == "ready" for link in links)
            now = time.monotonic()
            ready_since = (ready_since or now) if ready else None
            if ready == len(links) or (ready_since is not None and now - ready_since > STRAGGLERS):
                return
            if errors and not ready and all(link.is_failing for link in links):
                raise errors[0]
            if token.is_cancelled():
                raise ShuttingDown("this Pool has been shut down while it started")
            if limit and not ready and now - begin > limit + STRAGGLERS:
                raise PoolUnavailable(f"no actor has started within start_timeout ({limit:g} s)")
            with self.cluster.changed:
                self.cluster.changed.wait(POLL)

    # --- calls

    def encode(
        self, sink: Any, token: Any, api: Api, function: str, args: Tuple[Any, ...], limits: CallLimits, key: str = ""
    ) -> ClusterCall:
        """A call that can be submitted to the cluster. ``key``: its affinity, if it is not that of ``limits``. Raises
        `InvalidRequest` for arguments that have no JSON form."""
        id = next(self._ids)
        frame = self._encoder.encode(id, api, function, args, limits)
        call = ClusterCall(id, frame, sink, token, key or limits.affinity)
        call.deadline = self.deadline_of(limits.deadline)
        return call

    def deadline_of(self, deadline: Optional[float]) -> Optional[float]:
        """Seconds from the submission of a call to its end; None: no limit. ``deadline``: that of the call, if it has
        one of its own."""
        seconds = self._defaults.deadline if deadline is None else deadline
        return seconds if seconds > 0 else None

    def call(self, api: Api, function: str, args: Tuple[Any, ...], limits: CallLimits) -> Any:
        ok, value, *_ = self.outcome(api, function, args, limits)
        if ok:
            return value
        raise value

    def outcome(self, api: Api, function: str, args: Tuple[Any, ...], limits: CallLimits) -> Values:
        settled: Future[Response] = Future()
        call = self._submit(api, function, args, limits, settled.set_result, may_block=True)
        try:
            response = settled.result()
        except BaseException:  # Ctrl-C
            self.cluster.cancel([call.id])
            raise
        return values_of(response)

    def submit(
        self,
        api: Api,
        function: str,
        args: Tuple[Any, ...],
        limits: CallLimits,
        on_settled: Callable[[Any, Optional[BaseException]], object],
        may_block: bool,
    ) -> "PendingCall":
        def settle(response: Response) -> None:
            ok, value, *_ = values_of(response)
            if ok:
                on_settled(value, None)
            else:
                on_settled(None, value)

        try:
            return PendingCall(self.cluster, self._submit(api, function, args, limits, settle, may_block))
        except ProviderError as error:
            on_settled(None, error)
            return PendingCall(self.cluster, None)

    def _submit(
        self,
        api: Api,
        function: str,
        args: Tuple[Any, ...],
        limits: CallLimits,
        settle: Callable[[Response], object],
        may_block: bool,
    ) -> ClusterCall:
        self.check_usable()
        call = self.encode(_settle_each, settle, api, function, args, limits)
        queue_wait = self._defaults.queue_wait if limits.queue_wait is None else limits.queue_wait
        if self._defaults.max_queue and (may_block or not queue_wait):
            self._wait_for_space(queue_wait)
        self.cluster.submit([call])
        return call

    def _wait_for_space(self, limit: float) -> None:
        most = self._defaults.max_queue
        until = time.monotonic() + limit
        with self.cluster.changed:
            while self.cluster.waiting() >= most:
                left = until - time.monotonic()
                if left <= 0:
                    raise QueueFull(f"{most:,} calls wait for actors already (max_queue)", limit=most)
                self.cluster.changed.wait(left)

    def check_process(self) -> None:
        """Raises in a forked child."""
        if os.getpid() != self._process:
            raise RuntimeError(
                f"this RayPool belongs to process {self._process}, from which this one was forked; make one here"
            )

    def check_usable(self) -> None:
        """Raises in a forked child, and after the end."""
        self.check_process()
        if self._is_closed:
            raise ShuttingDown("this Pool has been shut down")

    # --- about the actors

    def default_api(self) -> Api:
        for link in self.cluster.links:
            if "api" in link.about:
                return Api.__members__[link.about["api"]]
        return Api.call

    def inspect(self) -> Dict[str, Any]:
        """Of the first actor that is ready."""
        answers = self._answers("inspect")
        if not answers:
            raise PoolUnavailable("no actor of the pool is ready")
        return dict(answers[0][1], node=answers[0][0].about["node"])

    def stats(self) -> Dict[str, Any]:
        return self._statistics(self._answers("stats"))

    def check_health(self, limit: float) -> Dict[str, Any]:
        return self._statistics(self._answers("check_health", limit))

    def _answers(self, method: str, *args: Any) -> List[Tuple[Link, Dict[str, Any]]]:
        """What actors answer within `STATS_WAIT`."""
        import ray

        self.check_usable()
        asked = self.cluster.ask(method, *args)
        answers = []
        ray.wait([ref for _, ref in asked], num_returns=len(asked), timeout=STATS_WAIT) if asked else None
        for link, ref in asked:
            try:
                answers.append((link, ray.get(ref, timeout=0)))
            except ray.exceptions.RayError:  # lost meanwhile, or late
                pass
        return answers

    def _statistics(self, answers: List[Tuple[Link, Dict[str, Any]]]) -> Dict[str, Any]:
        pools = {link.number: stats for link, stats in answers}
        actors = [
            {
                "number": link.number,
                "state": link.state,
                "losses": link.losses,
                **{name: link.about.get(name) for name in ("node", "hostname", "address", "pid", "actor")},
                "calls": self.cluster.sent_to(link.number),
                "error": link.error.message if link.error else None,
                "pool": pools.get(link.number),
            }
            for link in self.cluster.links
        ]
        return {
            "queued": self.cluster.waiting(),
            **self.cluster.counts.to_dict(),
            "restarts": sum(stats["restarts"] for stats in pools.values()),
            "lost_actors": self.cluster.counts.lost_actors,
            "actors": actors,
        }

    # --- the end

    def flush_log(self) -> None:
        self.cluster.flush_log()

    def shutdown(self, drain: Optional[float]) -> None:
        if os.getpid() == self._process:
            self._is_closed = True
            self.cluster.shutdown(self._defaults.shutdown_timeout if drain is None else drain)


class PendingCall:
    """A submitted call; has the methods of the compiled `Pending`."""

    def __init__(self, cluster: Cluster, call: Optional[ClusterCall]) -> None:
        """``call`` None: it has settled already."""
        self._cluster = cluster
        self._call = call

    def id(self) -> int:
        return self._call.id if self._call else 0

    def done(self) -> bool:
        return self._call is None or self._call.is_settled

    def running(self) -> bool:
        """Whether an actor has it."""
        return not self.done() and self._call is not None and self._call.seat is not None

    def cancel(self) -> bool:
        if self.done():
            return False
        self._cluster.cancel([self.id()])
        return True


def values_of(response: Response) -> Values:
    """As `NativePool.outcome` returns them."""
    if isinstance(response, bytes):
        return read_response(response)
    return False, response, 0.0, 0, 0, "", ""


def _settle_each(responses: List[Tuple[Callable[[Response], object], Response]]) -> None:
    for settle, response in responses:
        settle(response)


def _start_error(error: ProviderError) -> Exception:
    if isinstance(error, ImportFailed):
        return error
    return ConfigError(error.message) if isinstance(error, InvalidRequest) else error
