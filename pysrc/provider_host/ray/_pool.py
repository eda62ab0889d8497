"""The pool over a cluster."""

from __future__ import annotations

import asyncio
import math
import os
from contextlib import closing
from typing import Any, Callable, Generator, Iterable, Iterator, Literal, Mapping, Optional, Tuple, Union, cast

from .._errors import ConfigError
from .._lifecycle import Lifecycle
from .._map import check_in_flight, check_prompts, outcomes_from
from .._maps import shown
from .._native import Api, CancelToken, NativePool, workers_from
from .._options import CallOptions, Limits, PoolOptions, Workers
from .._outcome import Outcome
from .._pool import Pool
from .._prompt_calls import Key, PromptCalls
from .._typing import Json, Unpack
from ._calls_of_prompts import CallsOfPrompts
from ._cluster_map import ClusterMap
from ._cluster_pool import ClusterPool, Values
from ._starting import ClusterOptions, start_cluster_pool


EXPECTED_ACTORS = 8
"""Before the start, when the caller does not say how many there will be."""


class MapOptions(Limits, total=False):
    """The other arguments of `Pool.map`, which see."""

    api: Optional[Literal["call", "embedding", "classification", "none"]]
    function: str
    affinity: Union[Key, Callable[[Any], Key]]
    identity: Optional[bool]
    in_flight: Optional[int]


class RayPool(Pool):
    """A `Pool` whose hosts are on the nodes of a Ray cluster.

    Each of its *actors* owns a `Pool` on one node. Calls travel to them in blocks, to the one with the least load.
    When an actor or its node is lost, calls that have not ended run once more on another one, or fail as `Collateral`;
    a new actor takes its place. Each call settles once. Methods, options and errors are those of `Pool`, but for
    `stream`, `astream`, `reload` and `areload`, which need hosts on this machine.

    Raises `ConfigError` for wrong options, for a cluster that cannot be reached, and at the start when a node cannot
    run the script; `ImportFailed` when it cannot be imported on one. Both name the node.
    """

    def __init__(
        self,
        script: Union[str, "os.PathLike[str]"],
        actors: Optional[int] = None,
        workers_per_actor: Workers = 1,
        concurrency: int = 1,
        timeout: float = 300,
        *,
        address: Optional[str] = None,
        num_cpus: Optional[float] = None,
        num_gpus: float = 0,
        resources: Optional[Mapping[str, float]] = None,
        runtime_env: Optional[Mapping[str, Any]] = None,
        rerun_lost: bool = True,
        python: Union[str, "os.PathLike[str]", None] = None,
        identity: bool = False,
        **options: Unpack[PoolOptions],
    ) -> None:
        """``actors``: how many; None: one for each node that has what an actor needs. ``workers_per_actor``: hosts of
        each, as ``workers`` of `Pool`: a number, or ``(least, most)``. ``concurrency`` and ``timeout`` as in `Pool`;
        ``python`` too, looked for on each node.

        ``address``: of the cluster, as for ``ray.init``; None: the cluster of $RAY_ADDRESS, or one that was started
        on this machine, else a new one on this machine. Without effect when this program is connected already.

        ``num_cpus``, ``num_gpus``, ``resources``: what Ray is to reserve for each actor. By default one CPU for each
        of its hosts, for the most that there may be. ``runtime_env``: as for ``ray.init``. The directory of the script
        becomes the ``working_dir`` of the actors unless one is given; with ``{"working_dir": None}`` nothing travels,
        and ``script`` is a path on the nodes.

        ``rerun_lost``: calls of a lost actor, which may have run, run once more; if false they fail as `Collateral`."""
        self._cluster_options = ClusterOptions(
            script=os.fsdecode(script),
            actors=_at_least_one("actors", actors),
            workers=workers_from("workers_per_actor", workers_per_actor),
            concurrency=_at_least_one("concurrency", concurrency) or 1,
            address=_of_kind("address", address, str, "a text"),
            num_cpus=None if num_cpus is None else _amount("num_cpus", num_cpus),
            num_gpus=_amount("num_gpus", num_gpus),
            resources={name: _amount(f"resources[{name!r}]", value) for name, value in _items("resources", resources)},
            runtime_env=None if runtime_env is None else dict(_items("runtime_env", runtime_env)),
            rerun_lost=bool(_of_kind("rerun_lost", rerun_lost, bool, "True or False")),
            options={"timeout": timeout, "python": None if python is None else os.fsdecode(python), **options},
        )
        super().__init__(script, self._cluster_options.workers, concurrency, timeout, python, identity, **options)
        self._set_at_a_time(actors or EXPECTED_ACTORS)
        self._lifecycle = Lifecycle(self._make)

    def _set_at_a_time(self, actors: int) -> None:
        self._at_a_time = actors * self._cluster_options.slots

    def _make(self, token: CancelToken) -> NativePool:
        pool = start_cluster_pool(self._cluster_options, self._options, self._log.sink(), token)
        self._set_at_a_time(len(pool.cluster.links))
        return cast(NativePool, pool)

    # --- many calls

    def map(
        self,
        prompts: Iterable[Any],
        options: Json = None,
        context: Json = None,
        *,
        unordered: bool = False,
        return_exceptions: bool = False,
        progress: bool = False,
        **named: Unpack[MapOptions],
    ) -> Iterator[Any]:
        """`Pool.map` over the cluster. ``unordered``: yield the results as they come. ``in_flight`` None: enough calls
        to keep all actors busy, at most 16,384."""
        told = self._run(prompts, options, context, not unordered, named)
        return shown(_results(told, return_exceptions), prompts, progress)

    def outcomes(
        self,
        prompts: Iterable[Any],
        options: Json = None,
        context: Json = None,
        *,
        unordered: bool = False,
        progress: bool = False,
        **named: Unpack[MapOptions],
    ) -> Iterator[Outcome]:
        """`Pool.outcomes` over the cluster. ``host`` is the number of the host within its actor."""
        return shown(outcomes_from(self._run(prompts, options, context, not unordered, named)), prompts, progress)

    def _run(
        self, prompts: Iterable[Any], options: Json, context: Json, ordered: bool, named: MapOptions
    ) -> Generator[Values, None, None]:
        check_prompts(prompts)
        limits: Any = dict(named)
        api, function, affinity = limits.pop("api", None), limits.pop("function", ""), limits.pop("affinity", None)
        identity, in_flight = limits.pop("identity", None), check_in_flight(limits.pop("in_flight", None))
        calls = self._prompt_calls(options, context, api, function, affinity, identity, limits)
        return self._outcomes_of(calls, prompts, in_flight, ordered)

    def _outcomes_of(
        self, calls: PromptCalls, prompts: Iterable[Any], in_flight: Optional[int], ordered: bool
    ) -> Generator[Values, None, None]:
        pool = cast(ClusterPool, self._native())
        calls_of_prompts = CallsOfPrompts(pool, calls, prompts)
        yield from ClusterMap(pool, calls_of_prompts, in_flight, self._at_a_time, ordered).outcomes()

    async def _acall(self, api: Api, function: str, args: Tuple[Any, ...], limits: CallOptions) -> Any:
        native = await self._anative()
        return await self._acall_by_thread(asyncio.get_running_loop(), native, api, function, args, limits)

    # --- what needs hosts on this machine

    def stream(self, *args: Any, **kwargs: Any) -> Any:
        """Not available: items are not sent through a cluster. Calls of functions that stream have their joined
        result."""
        raise NotImplementedError("a RayPool does not stream; call_api and map give the joined result")

    def astream(self, *args: Any, **kwargs: Any) -> Any:
        """Not available, as `stream`."""
        raise NotImplementedError("a RayPool does not stream; acall_api and amap give the joined result")

    def reload(self) -> None:
        """Not available: the nodes may have other versions of the script. Make another pool for the new code."""
        raise NotImplementedError("a RayPool does not reload its script; make another RayPool for the new code")

    async def areload(self) -> None:
        """Not available, as `reload`."""
        self.reload()

    def __repr__(self) -> str:
        return "<Ray" + super().__repr__()[1:]


def _results(told: Generator[Values, None, None], exceptions: bool) -> Generator[Any, None, None]:
    with closing(told):
        for ok, value, *_ in told:
            if not ok and not exceptions:
                raise value
            yield value


def _of_kind(name: str, value: Any, kind: type, wanted: str) -> Any:
    if value is not None and not isinstance(value, kind):
        raise ConfigError(f"{name} must be {wanted}, not {value!r}")
    return value


def _items(name: str, value: Any) -> Iterable[Tuple[str, Any]]:
    named = _of_kind(name, value, Mapping, "a mapping") or {}
    return [(_of_kind(f"a key of {name}", key, str, "a text"), value) for key, value in named.items()]


def _amount(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ConfigError(f"{name} must be a number from 0 up, not {value!r}")
    return value


def _at_least_one(name: str, value: Optional[int]) -> Optional[int]:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"{name} must be a whole number of at least 1, not {value!r}")
    return value
