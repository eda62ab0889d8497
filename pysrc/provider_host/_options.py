"""How a pool is set up."""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Dict, List, Literal, Mapping, Optional, TypedDict, Union

from ._native import Options

Path = Union[str, "os.PathLike[str]"]
Size = Union[int, str]


class Limits(TypedDict, total=False):
    """What one call may take, instead of what the pool says. Times are seconds, 0 means no limit."""

    timeout: Optional[float]
    """From when a host has the call."""
    deadline: Optional[float]
    """From submission to settling, whatever happens in between."""
    retries: Optional[int]
    """How often it may be run again after its own code has brought its host down."""
    queue_wait: Optional[float]
    """How long a call waits for room in a full queue, and with it a caller that does not await it; 0: not at all."""


class CallOptions(Limits, total=False):
    """How one call is run."""

    affinity: Union[str, int, None]
    """Calls with the same key go to the same host, one at a time and in their order, so that a script may keep the
    state of a conversation in a variable. None: any host."""


class PoolOptions(TypedDict, total=False):
    """The options of a pool beyond its first arguments. Times are seconds, and 0 means no limit; sizes are bytes, or
    text with K, M or G (KiB, MiB, GiB), such as "512M" or "1.5G". A value of the wrong type or out of its range is a
    `ConfigError` that says what it must be."""

    deadline: float
    """From submission to settling, whatever happens in between. 0."""
    start_timeout: float
    """From spawn to ready, import included. 120."""
    shutdown_timeout: float
    """What leaving the pool gives to queued and running calls. 10."""
    stop_grace: float
    """What a host that is no longer needed gets to end as a Python program does, ``atexit`` functions included, before
    it is killed with its children. 30."""
    interrupt_grace: float
    """After a timeout or a cancellation, from asking the code to end to killing its host. 1."""
    max_consecutive_crashes: int
    """Crashes without a success between them that open the breaker. 10."""
    retry_collateral: bool
    """Run a call again, once, when another call has brought its host down. True."""
    retries: int
    """How often a call may be run again after its own code has brought its host down. 0."""
    retry_backoff: float
    """Before the first retry, twice as much before each further one, with jitter. 0.1."""
    max_crashes_per_call: int
    """A call that has brought down as many hosts is not run again. 2."""
    quarantine_after: int
    """Inputs that have brought down as many hosts are not tried any more. 0: off."""
    nan: Literal["error", "null"]
    """What NaN and the infinities become. "error"."""
    surrogates: Literal["error", "replace"]
    """What a lone surrogate becomes: an error, or U+FFFD. "error"."""
    bytes: Literal["error", "base64"]
    """What ``bytes`` become. "error"."""
    capture: bool
    """Give each outcome what the script printed during the call; needs ``concurrency=1``. False."""
    log: Optional[Callable[[str, int, str, str], object]]
    """Gets ``(level, host, source, text)`` for each line that hosts print and the pool logs, one after the other on a
    thread of its own; by default the logger ``provider_host`` of ``logging`` does. It may take its time, and use the
    pool once that has started. Lines are dropped, and counted, when it is 32 MiB behind."""
    health_interval: float
    """Between two probes of each host; 0: none. 10."""
    memory_limit: Size
    """Address space of a host (RLIMIT_AS). 0."""
    core_dumps: bool
    """Whether a crash may write a core file. False."""
    no_new_privs: bool
    """Nothing that the script executes can gain rights. False."""
    umask: Optional[int]
    """None: as in this process."""
    working_directory: Optional[Path]
    """None: as in this process."""
    env: Literal["inherit", "clean"]
    """The environment of hosts: that of this process, or only what a program needs to run at all. "inherit"."""
    env_keep: List[str]
    """Variables kept under ``env="clean"``."""
    env_set: Dict[str, str]
    """Variables added or replaced."""
    max_calls_per_host: int
    """Replace a host after as many calls, or up to 10 % fewer, so that hosts do not go together. 0."""
    max_rss: Size
    """Replace a host when its resident memory is above. 0."""
    event_loop: Literal["asyncio", "uvloop"]
    """What awaitables run on; uvloop must be installed in the script's environment. "asyncio"."""
    max_queue: int
    """Calls that may wait; 0: no bound. 10,000."""
    queue_wait: float
    """How long a call waits for room in a full queue before it is `QueueFull`, and with it a caller that does not await
    it. 0."""
    frame_limit: Size
    """Largest message either way. 256 MiB."""
    host_executable: Optional[Path]
    """None: found by the interpreter's version."""


def native_options(options: Mapping[str, Any], **first: Any) -> Options:
    """The options of a pool, those that have no default here among ``first``. Raises TypeError for a name that is none,
    and `ConfigError` for a value of the wrong type or out of its range."""
    unknown = sorted(set(options) - set(PoolOptions.__annotations__))
    if unknown:
        raise TypeError(f"Pool() has no option {unknown[0]!r}; there are {', '.join(PoolOptions.__annotations__)}")
    return Options({**{name: value for name, value in options.items() if name != "log"}, **first})


def default_python() -> str:
    """The interpreter whose packages a script gets when the caller names none: ``$PROVIDER_HOST_PYTHON``, else the
    active virtual environment, else this interpreter."""
    named = os.environ.get("PROVIDER_HOST_PYTHON")
    if named:
        return named
    active = os.environ.get("VIRTUAL_ENV")
    if sys.prefix == sys.base_prefix and active and os.path.isdir(active):
        return active
    return sys.executable
