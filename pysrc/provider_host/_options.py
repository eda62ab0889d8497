"""How a pool is set up."""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Dict, List, Literal, Mapping, Optional, Tuple, TypedDict, Union

from ._native import Options, described_options

Path = Union[str, "os.PathLike[str]"]
Size = Union[int, str]
Workers = Union[int, Tuple[int, int]]
"""How many hosts there are: always as many, or the least and the most."""


class Limits(TypedDict, total=False):
    """Limits of one call. One that is None or absent is the pool's. Times are in seconds, and 0 means no limit.

    A wrong value is an `InvalidRequest`.
    """

    timeout: Optional[float]
    """Seconds from when a host has the call."""
    deadline: Optional[float]
    """Seconds from submission to the end of the call, retries included."""
    item_timeout: Optional[float]
    """Seconds that each item of a generator may take, the first included, from when the host has the call, or its
    reader has made room for the item."""
    retries: Optional[int]
    """How often the call may be run again after its own code has crashed its host."""
    queue_wait: Optional[float]
    """Seconds that a call waits for space in a full queue; 0: not at all. Methods that are not awaited
    block meanwhile."""


class CallOptions(Limits, total=False):
    """How one call is run."""

    affinity: Union[str, int, None]
    """Calls with the same key go to the same host, one at a time and in their order. So a script may keep the state of
    a conversation in a variable. None: any host."""


class PoolOptions(TypedDict, total=False):
    """The options of a pool beyond its first arguments.

    Times are in seconds, and 0 means no limit. Sizes are in bytes, or text with K, M or G (KiB, MiB, GiB), such as
    "512M" or "1.5G". A value of the wrong type or out of its range is a `ConfigError` that says what it must be.
    """

    # The names, types and defaults are those of the library's table (option_table.h); tests/python/test_options.py
    # compares them. A default is the last sentence of a text.

    deadline: float
    """Seconds from submission to the end of a call, retries included. 0."""
    item_timeout: float
    """Seconds that each item of a generator may take. 0."""
    start_timeout: float
    """Seconds from spawn to ready, import included. 120."""
    wait_for_start: bool
    """Wait for the first host, and raise `ImportFailed` when the script cannot be imported. If false, calls queue while
    the script is imported, and a failed import is the error of each call. True."""
    shutdown_timeout: float
    """Seconds that queued and running calls get when the pool is left. 10."""
    stop_grace: float
    """Seconds that a host gets to exit as a Python program does, ``atexit`` functions included. Then it is killed with
    its children. 30."""
    interrupt_grace: float
    """Seconds from a timeout or cancellation, when the code is interrupted, until its host is killed. 1."""
    max_consecutive_crashes: int
    """Crashes without a success between them that open the breaker. 10."""
    retry_collateral: bool
    """Run a call again, once, when another call has crashed its host. True."""
    retries: int
    """How often a call may be run again after its own code has crashed its host. 0."""
    retry_backoff: float
    """Seconds before the first retry, twice as long before each further one, with jitter. 0.1."""
    max_crashes_per_call: int
    """A call that has crashed as many hosts is not run again. 2."""
    quarantine_after: int
    """A call with the same function and arguments as calls that have crashed as many hosts is refused as `Quarantined`.
    0: off."""
    nan: Literal["error", "null"]
    """What NaN and the infinities become. "error"."""
    surrogates: Literal["error", "replace"]
    """What a lone surrogate becomes: an error, or U+FFFD. "error"."""
    bytes: Literal["error", "base64"]
    """What ``bytes`` become: an error, or text in base64. "error"."""
    capture: bool
    """Give each `Outcome` what the script printed during the call. Needs ``concurrency=1``. False."""
    log: Optional[Callable[[str, int, str, str], object]]
    """Called with ``(level, host, source, text)`` for each line that a host prints or the pool logs. None: the logger
    ``provider_host`` of ``logging`` gets them. Calls come one after the other on a thread of their own.
    The function may be slow, and may use the pool once that has started. When it is 32 MiB behind, lines are dropped,
    and a warning says how many."""
    health_interval: float
    """Seconds between two probes of each host; 0: none. 10."""
    memory_limit: Size
    """Address space of a host (RLIMIT_AS). 0."""
    core_dumps: bool
    """Whether a crash may write a core file. False."""
    no_new_privs: bool
    """Nothing that the script executes can gain rights. False."""
    umask: Optional[int]
    """File mode mask of the hosts. None: as in this process."""
    working_directory: Optional[Path]
    """Working directory of the hosts. None: as in this process."""
    env: Literal["inherit", "clean"]
    """Environment of the hosts: that of this process, or only what a program needs to run at all. "inherit"."""
    env_keep: List[str]
    """Names of variables to keep under ``env="clean"``."""
    env_set: Dict[str, str]
    """Variables to add or replace."""
    preload: Union[bool, Literal["off", "auto", "on"]]
    """Fork hosts from a template, a process that has imported the script and runs no calls: they share its memory, and
    a new one is there in milliseconds. Where that is not safe, each host imports the script, and the log says why:
    as a warning with "on" (or True), as information with "auto". False is "off". "off"."""
    spares: int
    """Hosts that have imported the script and wait to take the place of one that crashes or is recycled. 0."""
    idle_timeout: float
    """Seconds until a host above the least of ``workers`` that has had no call is stopped; 0: never. 60."""
    max_calls_per_host: int
    """Replace a host after as many calls, or up to 10 % fewer, so that hosts do not go together. 0."""
    max_rss: Size
    """Replace a host when its resident memory is above. 0."""
    event_loop: Literal["asyncio", "uvloop"]
    """What coroutines run on. uvloop must be installed in the script's environment. "asyncio"."""
    max_queue: int
    """Calls that may wait; 0: no bound. 10,000."""
    queue_wait: float
    """Seconds that a call waits for space in a full queue before it is `QueueFull`. Methods that are not awaited block
    meanwhile. 0."""
    frame_limit: Size
    """Largest message in either direction. 256 MiB."""
    host_executable: Optional[Path]
    """The host program. None: found by the interpreter's version."""


_NAMES = [*(option["name"] for option in described_options()), "log"]


def native_options(options: Mapping[str, Any]) -> Options:
    """The options of a pool, by the names in the library's table; ``log`` may be among them and is left out.

    Raises TypeError for an unknown name, and `ConfigError` for a value of the wrong type or out of its range.
    """
    unknown = sorted(set(options) - set(_NAMES))
    if unknown:
        raise TypeError(f"Pool() has no option {unknown[0]!r}; there are {', '.join(_NAMES)}")
    return Options({name: value for name, value in options.items() if name != "log"})


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
