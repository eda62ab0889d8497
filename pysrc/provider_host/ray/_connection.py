"""The connection of this program to a Ray cluster."""

from __future__ import annotations

import logging
import os
import socket
from typing import Any, Optional

from .._errors import ConfigError
from ._reason import reason_of

OLDEST_RAY = (2, 10)
"""Concurrency groups, node affinity and `ObjectRef.future` as they are used here."""


CONNECT_TIMEOUT = 10.0
"""Seconds."""


def import_ray() -> Any:
    """The module. Raises `ConfigError` when it is missing or too old."""
    try:
        import ray

        version = tuple(int(part) for part in ray.__version__.split(".")[:2])
    except (ImportError, AttributeError) as error:  # the latter of a directory that happens to have the name
        raise ConfigError(f"Ray cannot be imported ({error}); pip install 'provider-host[ray]'") from error
    if version < OLDEST_RAY:
        oldest = ".".join(map(str, OLDEST_RAY))
        raise ConfigError(f"Ray {ray.__version__} is too old; provider_host.ray needs {oldest} or newer")
    return ray


def connect(address: Optional[str]) -> Any:
    """Connects this program to the cluster at ``address`` unless it is connected already, and returns the module
    ``ray``. None: as ``ray.init()`` does, the cluster of $RAY_ADDRESS, else one that was started on this machine, else
    a new one here that ends with the program. Raises `ConfigError`."""
    ray = import_ray()
    if ray.is_initialized():
        return ray
    _check_address(address or os.environ.get("RAY_ADDRESS", ""))
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        where = f"the Ray cluster at {address!r}" if address else "a Ray cluster"
        raise ConfigError(f"cannot connect to {where}: {reason_of(error)}") from error
    return ray


def _check_address(address: str) -> None:
    """Ray tries an address at which nobody listens for minutes, deaf to Ctrl-C."""
    if address.startswith("ray://"):
        raise ConfigError(
            f"{address} is the address of a Ray Client server, through which calls cannot be sent; give the address of "
            "the head node, HOST:6379, or run this program in the cluster (ray job submit)"
        )
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_TIMEOUT).close()
    except OSError as error:
        raise ConfigError(f"cannot connect to the Ray cluster at {address!r}: {error.strerror or error}") from error


class Connection:
    """The connection that this program has when this is made. Most functions of Ray would make another one without it,
    to any cluster that they find."""

    def __init__(self, ray: Any) -> None:
        self.ray = ray
        self._worker = ray.get_runtime_context().get_worker_id()

    def is_alive(self) -> bool:
        """False after ``ray.shutdown()``, also when the program has connected again."""
        return bool(self.ray.is_initialized()) and self.ray.get_runtime_context().get_worker_id() == self._worker
