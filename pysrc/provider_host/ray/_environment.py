"""What travels with the script, and whether a node can run it."""

from __future__ import annotations

import inspect
import math
import os
import tempfile
import time
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from .._errors import ConfigError, ImportFailed, ShuttingDown
from .._native import CancelToken, __version__


POLL = 0.2
"""Seconds after which the check of the nodes looks whether it is aborted."""
MAX_FILES = 20_000
MAX_SIZE = 500 << 20
"""Bytes; Ray's limit is 500 MiB packed."""
_IGNORE_FILES = (".gitignore", ".rayignore")
_NEVER_SENT = (".git", ".venv", "venv", "__pycache__", "node_modules")


class Shipment(NamedTuple):
    """A script on its way to the nodes."""

    script: str
    """The path that actors open: relative to their working directory when the script travels with them."""
    runtime_env: Dict[str, Any]


def shipment_of(script: str, runtime_env: Optional[Mapping[str, Any]]) -> Shipment:
    """The script and the environment of its actors: the directory of the script becomes their working directory, unless
    ``runtime_env`` has a ``working_dir``. If that is a directory here that holds the script, the script is taken from
    there; if it is None, nothing travels and nodes open the path of the script as it is. Raises `ConfigError`, and
    `ImportFailed` when there is no script."""
    environment = dict(runtime_env or {})
    path = os.path.abspath(script)
    if "working_dir" not in environment:
        if not os.path.isfile(path):
            raise ImportFailed(
                f"there is no script {script!r} here; to use one that only the nodes have, give its path and a "
                "runtime_env (--ray-env) whose working_dir is None (null)",
                type="FileNotFoundError",
            )
        environment["working_dir"] = os.path.dirname(path)
        if "excludes" not in environment:
            check_size(environment["working_dir"])
        return Shipment(os.path.basename(path), environment)
    directory = environment["working_dir"]
    if directory is None:
        del environment["working_dir"]
        return Shipment(path, environment)
    if os.path.isdir(directory) and not os.path.isabs(script):
        path = os.path.join(directory, script) if not os.path.exists(path) else path
    if os.path.isdir(directory) and _is_below(path, directory):
        return Shipment(os.path.relpath(path, os.path.abspath(directory)), environment)
    return Shipment(script, environment)


def uploaded(ray: Any, environment: Mapping[str, Any]) -> Dict[str, Any]:
    """The environment with its local directories in the cluster. ``ray.init`` does that with the environment of a job;
    for the environment of an actor Ray has no public function. Raises `ConfigError`."""
    try:
        from ray._private.runtime_env.py_modules import upload_py_modules_if_needed
        from ray._private.runtime_env.working_dir import upload_working_dir_if_needed

        result = dict(environment)
        for upload in (upload_working_dir_if_needed, upload_py_modules_if_needed):
            names = inspect.signature(upload).parameters
            extra = {"include_gitignore": True} if "include_gitignore" in names else {}
            result = upload(result, scratch_dir=tempfile.gettempdir(), **extra)
        return result
    except Exception as error:  # of all kinds: too large, unreadable, no such directory, another Ray
        raise ConfigError(
            f"cannot send the working directory {environment.get('working_dir')!r} to the cluster: {error}. "
            "Put the script into a directory of its own, name what is to be left out in the 'excludes' of the "
            "runtime_env (--ray-env), or have it on all nodes and make its 'working_dir' None (null)"
        ) from error


def check_size(directory: str) -> None:
    """Raises `ConfigError` for a directory that is no project, such as a home directory, which Ray would read for
    minutes before it refuses it. With ignore files only Ray can tell what is left of it."""
    if any(os.path.exists(os.path.join(directory, name)) for name in _IGNORE_FILES):
        return
    files = size = 0
    for path, directories, names in os.walk(directory):
        directories[:] = [name for name in directories if name not in _NEVER_SENT]
        for name in names:
            files += 1
            try:
                size += os.lstat(os.path.join(path, name)).st_size
            except OSError:  # gone meanwhile
                pass
            if files > MAX_FILES or size > MAX_SIZE:
                raise ConfigError(
                    f"the directory of the script, {directory!r}, has more than {MAX_FILES:,} files or "
                    f"{MAX_SIZE >> 20} MiB, and would travel to all nodes. Put the script into a directory of its own, "
                    "or name what is to be left out in the 'excludes' of the runtime_env (--ray-env)"
                )


def _is_below(path: str, directory: str) -> bool:
    root = os.path.abspath(directory)
    return os.path.commonpath([root, os.path.abspath(path)]) == root


class Node(NamedTuple):
    """A node of the cluster."""

    id: str
    address: str
    resources: Mapping[str, float]

    def __str__(self) -> str:
        return f"node {self.id[:8]} ({self.address})"


def nodes_for(ray: Any, request: Mapping[str, float]) -> List[Node]:
    """The nodes that are alive and large enough for an actor. Raises `ConfigError` when there are none."""
    alive = [Node(n["NodeID"], n["NodeManagerAddress"], n["Resources"]) for n in ray.nodes() if n["Alive"]]
    fitting = [node for node in alive if all(node.resources.get(name, 0) >= amount for name, amount in request.items())]
    if not fitting:
        names = {name for name in request} | {"CPU", "GPU"}
        have = "; ".join(
            f"{node}: {_amounts({k: v for k, v in node.resources.items() if k in names}) or 'none of these'}"
            for node in alive
        )
        raise ConfigError(f"no node of the cluster has what an actor needs: {_amounts(request)}. There are {have}")
    return fitting


def _amounts(resources: Mapping[str, float]) -> str:
    return ", ".join(f"{amount:g} {name}" for name, amount in sorted(resources.items()))


def node_check() -> Any:
    """The function that runs on each node before the first actor does: ``check(version, python, script)`` returns the
    text of what is wrong there, or None. It travels as code, as `provider_host` may be what is missing."""

    def check(version: str, python: Optional[str], script: str) -> Optional[str]:
        import os
        import sys

        here = f"Python {sys.version.split()[0]} at {sys.executable}"
        try:
            import provider_host
            from provider_host import _native, _options
        except ImportError as error:
            return f"{here} has no provider_host ({error}); pip install 'provider-host[ray]=={version}' on every node"
        if provider_host.__version__ != version:
            return f"{here} has provider_host {provider_host.__version__}, and the driver has {version}"
        try:
            _native.find_host(str(python or _options.default_python()))
        except ValueError as error:
            return str(error)
        if not os.path.isfile(script):
            return (
                f"there is no script {script!r} here (working directory {os.getcwd()}); it exists only on the driver, "
                "or is left out by a .gitignore file or 'excludes'"
            )
        return None

    check.__module__ = "__main__"  # or cloudpickle would send the name of this module
    return check


def check_nodes(
    ray: Any, nodes: List[Node], shipment: Shipment, python: Optional[str], timeout: float, token: CancelToken
) -> None:
    """Runs `node_check` on every node. Raises `ConfigError`, which names the nodes that cannot run the script; those
    that leave the cluster meanwhile are not among them."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task = ray.remote(node_check())
    checks: List[Tuple[Node, Any]] = []
    for node in nodes:
        strategy = NodeAffinitySchedulingStrategy(node_id=node.id, soft=False)
        try:
            placed = task.options(
                num_cpus=0, max_retries=0, scheduling_strategy=strategy, runtime_env=shipment.runtime_env
            )
        except (ValueError, TypeError) as error:
            raise ConfigError(f"runtime_env (--ray-env) is wrong: {error}") from error
        checks.append((node, placed.remote(__version__, python, shipment.script)))
    late = _wait(ray, [check for _, check in checks], timeout, token)
    faults = [f"{node}: its environment is not ready after {timeout:g} s" for node, check in checks if check in late]
    faults += [f"{node}: {fault}" for node, check in checks if check not in late and (fault := _fault_of(ray, check))]
    if faults:
        raise ConfigError("cannot run the script on " + "; on ".join(faults))


def _wait(ray: Any, checks: List[Any], timeout: float, token: CancelToken) -> List[Any]:
    """Those that are not done after ``timeout`` seconds (0: no limit); they are cancelled."""
    until = time.monotonic() + (timeout or math.inf)
    late = checks
    while late and time.monotonic() < until and not token.is_cancelled():
        _, late = ray.wait(late, num_returns=len(late), timeout=POLL)
    for check in late:
        ray.cancel(check, force=True)
    if token.is_cancelled():
        raise ShuttingDown("this Pool has been shut down while it started")
    return late


def _fault_of(ray: Any, check: Any) -> Optional[str]:
    try:
        fault = ray.get(check)
    except (ray.exceptions.TaskUnschedulableError, ray.exceptions.NodeDiedError):  # it is lost
        return None
    except ray.exceptions.RayError as error:
        return f"its environment could not be made: {error}"
    return None if fault is None else str(fault)
