"""What actors are made of, and where they may be."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from ._environment import Shipment


class Request(NamedTuple):
    """What an actor needs of its node, as Ray counts it."""

    num_cpus: float
    num_gpus: float
    resources: Mapping[str, float]

    def amounts(self) -> Dict[str, float]:
        """By the names of Ray's resources, without those of which nothing is needed."""
        named = {"CPU": self.num_cpus, "GPU": self.num_gpus, **self.resources}
        return {name: amount for name, amount in named.items() if amount}


class Placement(NamedTuple):
    """What each actor of a pool is started with."""

    shipment: Shipment
    request: Request
    options: Dict[str, Any]
    """Those of the actor's `Pool`."""
    slots: int
    """Calls that an actor runs at a time."""
    start_timeout: float
    """Seconds until an actor counts as not started; 0: no limit."""
    log_levels: List[str]
    """Levels of the lines of the log that actors send."""

    def actor_options(self) -> Dict[str, Any]:
        """For ``ActorClass.options``. Ray must not run calls again, nor restart actors: the pool does both."""
        return {
            "num_cpus": self.request.num_cpus,
            "num_gpus": self.request.num_gpus,
            "resources": dict(self.request.resources) or None,
            "runtime_env": self.shipment.runtime_env,
            "scheduling_strategy": "SPREAD",
            "max_restarts": 0,
            "max_task_retries": 0,
        }


def request_of(
    workers: int,
    num_cpus: Optional[float],
    num_gpus: float,
    resources: Optional[Mapping[str, float]],
    largest: float,
) -> Request:
    """``num_cpus`` None: one for each worker, but no more than the largest node has."""
    return Request(min(workers, largest) if num_cpus is None else num_cpus, num_gpus, dict(resources or {}))
