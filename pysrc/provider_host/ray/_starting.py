"""The start of a pool over a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional, Tuple

from .._log import LogFunction, wanted_levels
from .._native import CancelToken, Options, seconds_from
from ._cluster import Cluster
from ._cluster_pool import CallDefaults, ClusterPool
from ._connection import Connection, connect
from ._environment import check_nodes, nodes_for, shipment_of, uploaded
from ._placement import Placement, request_of

START_TIMEOUT = 120.0

_ONLY_HERE = {"log", "max_queue", "queue_wait", "wait_for_start"}
"""Options that act in this program, and not in the pools of the actors."""


@dataclass(frozen=True)
class ClusterOptions:
    """The arguments of a `RayPool`."""

    script: str
    actors: Optional[int]
    workers: Tuple[int, int]
    """The least and the most hosts of an actor."""
    concurrency: int
    address: Optional[str]
    num_cpus: Optional[float]
    num_gpus: float
    resources: Optional[Mapping[str, float]]
    runtime_env: Optional[Mapping[str, Any]]
    rerun_lost: bool
    options: Dict[str, Any]
    """Other options of `Pool`, by their names."""

    @property
    def slots(self) -> int:
        """Calls that an actor runs at a time."""
        return self.workers[1] * self.concurrency


def start_cluster_pool(given: ClusterOptions, options: Options, log: LogFunction, token: CancelToken) -> ClusterPool:
    """Connects, checks the nodes, and starts the actors. Raises `ConfigError`, `ImportFailed` and `PoolUnavailable`."""
    shipment = shipment_of(given.script, given.runtime_env)
    ray = connect(given.address)
    limit = float(given.options.get("start_timeout", START_TIMEOUT))
    request = request_of(given.workers[1], given.num_cpus, given.num_gpus, given.resources, _most_processors(ray))
    nodes = nodes_for(ray, request.amounts())
    shipment = shipment._replace(runtime_env=uploaded(ray, shipment.runtime_env))
    python = given.options.get("python")
    check_nodes(ray, nodes, shipment, python, limit, token)
    of_actors = {name: value for name, value in given.options.items() if name not in _ONLY_HERE}
    of_actors.update(workers=given.workers, concurrency=given.concurrency, max_queue=0)
    levels = wanted_levels(given.options.get("log"))
    placement = Placement(shipment, request, of_actors, given.slots, limit, levels)
    cluster = Cluster(Connection(ray), placement, given.actors or len(nodes), given.rerun_lost, log)
    pool = ClusterPool(cluster, options, _defaults(given.options))
    try:
        if given.options.get("wait_for_start", True):
            pool.wait_until_started(token, limit)
        cluster.on_pool_started()
    except BaseException:
        pool.shutdown(0)
        raise
    return pool


def _most_processors(ray: Any) -> float:
    return max((node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]), default=0)


def _defaults(options: Mapping[str, Any]) -> CallDefaults:
    return CallDefaults(
        deadline=seconds_from("deadline", options.get("deadline", 0)),
        max_queue=int(options.get("max_queue", 10_000)),
        queue_wait=seconds_from("queue_wait", options.get("queue_wait", 0)),
        shutdown_timeout=seconds_from("shutdown_timeout", options.get("shutdown_timeout", 10)),
    )
