"""The pool."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import weakref
from types import TracebackType
from typing import Any, Dict, Literal, Optional, Sequence, Tuple, Type, Union

from ._async_calls import AsyncCalls, on_own_thread
from ._call import api_named, arguments_of, call_arguments, limits_of
from ._future import CallFuture
from ._lifecycle import refuse_starts
from ._maps import Maps
from ._native import Api, NativeStream, seconds_from, wait_for_ending_pools
from ._options import CallOptions, PoolOptions, Workers, default_python
from ._outcome import Outcome, outcome_of
from ._stream import Stream
from ._typing import Json, Self, Unpack


class Pool(AsyncCalls, Maps):
    """Owner of the hosts of one provider script: starts them, queues calls, replaces hosts that die.

    The hosts start when the pool is entered (``with`` or ``async with``), or with the first call. All methods may be
    called from any thread. The GIL is free while they wait. A pool does not outlive a fork: in the child every method
    raises RuntimeError.

    Raises `ConfigError` for wrong options and, at the start, `ImportFailed`, whose cause is the script's traceback.
    """

    def __init__(
        self,
        script: Union[str, "os.PathLike[str]"],
        workers: Workers = 1,
        concurrency: int = 1,
        timeout: float = 300,
        python: Union[str, "os.PathLike[str]", None] = None,
        identity: bool = False,
        **options: Unpack[PoolOptions],
    ) -> None:
        """``script``: path of the provider script. ``workers``: number of hosts, or ``(least, most)``: as many as calls
        need just then; the least may be 0. ``concurrency``: calls in flight in one host. ``timeout``: seconds of a call
        from when a host has it; 0: no limit. ``python``: an interpreter, a virtual environment directory, or a version
        such as "3.12"; None: the environment that this program runs in.

        ``identity``: add to ``options`` and ``context`` what promptfoo adds: which provider it is (``id``, ``label``)
        and which test (``evaluationId``, ``testCaseId``, ``testIdx``, ``repeatIndex``, ``promptIdx``). Keys of the
        caller stay. No two calls have the same arguments then, so ``quarantine_after`` has no effect."""
        named = {
            "script": script,
            "workers": workers,
            "concurrency": concurrency,
            "timeout": timeout,
            "python": default_python() if python is None else python,
        }
        super().__init__({**options, **named}, identity)
        _pools.add(self)

    # --- start and end

    def start(self) -> Self:
        """Starts the hosts and returns when the first is ready. Does nothing when they have been started. Raises
        `ShuttingDown` after `shutdown`."""
        self._lifecycle.check_open()
        self._native()
        return self

    def shutdown(self, drain: Optional[float] = None) -> None:
        """Refuses new calls, and gives queued and running ones ``drain`` seconds (None: the option
        ``shutdown_timeout``). The rest end as `ShuttingDown`. Returns when no host is left and the callbacks of futures
        have run. In such a callback, and in the function ``log``, it does not wait for callbacks.

        Ctrl-C ends the drain at once, and is raised when no host is left. A start in progress is aborted. In a signal
        handler that interrupts that start, this returns at once, and the start raises `ShuttingDown`.

        Raises `ConfigError`, and closes nothing, when ``drain`` is no number of seconds."""
        if drain is not None:
            drain = seconds_from("drain", drain)
        try:
            native = self._lifecycle.close()
            if native is not None:
                native.shutdown(drain)
        except BaseException:  # of a signal handler, which may raise anywhere
            self._end_at_once()
            raise
        if native is not None and not self._log.is_here():
            self._callbacks.finish()

    def _end_at_once(self) -> None:
        """Returns when no host is left. Does nothing in a forked child, which does not own the pool."""
        if os.getpid() == self._lifecycle.process:
            native = self._lifecycle.close()
            if native is not None:
                native.shutdown(0)

    def close(self) -> None:
        """`shutdown` with the pool's own ``shutdown_timeout``. Closing a pool again does nothing, as with files."""
        self.shutdown()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], where: Optional[TracebackType]
    ) -> None:
        if os.getpid() == self._lifecycle.process:  # a forked child does not own the pool
            self.shutdown(_drain_after(kind))

    async def __aenter__(self) -> Self:
        self._lifecycle.check_open()
        try:
            await self._anative()
        except asyncio.CancelledError:
            self._lifecycle.abort_start()
            raise
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], where: Optional[TracebackType]
    ) -> None:
        try:
            await on_own_thread(self.shutdown, _drain_after(kind))
        except asyncio.CancelledError:  # Ctrl-C under asyncio.run, for one
            await on_own_thread(self.shutdown, 0)
            raise

    # --- calls that block

    def call_api(self, prompt: str, options: Json = None, context: Json = None, **limits: Unpack[CallOptions]) -> Any:
        """Calls ``call_api(prompt, options, context)`` of the script. Returns its dict, with ``output`` or ``error``.

        ``limits``: the fields of `CallOptions`: ``timeout``, ``deadline``, ``item_timeout`` and ``queue_wait`` in
        seconds, ``retries``, and ``affinity``, a key whose calls go to one host, one after the other. Raises a
        `ProviderError` when the call fails. Ctrl-C cancels the call.
        """
        args = call_arguments(prompt, options, context, self._identity)
        return self._native().call(Api.call, "", args, limits_of(limits))

    def call_embedding_api(self, prompt: str, options: Json = None, **limits: Unpack[CallOptions]) -> Any:
        """Calls ``call_embedding_api(prompt, options)``. Returns its dict, with ``embedding`` or ``error``."""
        args = arguments_of(Api.embedding, prompt, options, None, self._identity)
        return self._native().call(Api.embedding, "", args, limits_of(limits))

    def call_classification_api(self, prompt: str, options: Json = None, **limits: Unpack[CallOptions]) -> Any:
        """Calls ``call_classification_api(prompt, options)``. Returns its dict, with ``classification`` or
        ``error``."""
        args = arguments_of(Api.classification, prompt, options, None, self._identity)
        return self._native().call(Api.classification, "", args, limits_of(limits))

    def call(self, function: str, /, *args: Any, **limits: Unpack[CallOptions]) -> Any:
        """Calls any function of the script, by its name or as ``Class.method``, and returns its result. Arguments and
        result are what has a JSON form. Raises a `ProviderError` when the call fails."""
        return self._native().call(Api.none, function, args, limits_of(limits))

    def outcome(
        self,
        function: str,
        /,
        *args: Any,
        api: Literal["call", "embedding", "classification", "none"] = "none",
        **limits: Unpack[CallOptions],
    ) -> Outcome:
        """As `call`, but returns the error of a failed call. ``api``: how the result is validated; "none": not."""
        return outcome_of(self._native().outcome(api_named(api), function, args, limits_of(limits)))

    # --- calls in the background

    def submit(self, function: str, /, *args: Any, **limits: Unpack[CallOptions]) -> CallFuture:
        """Queues the call ``function(*args)`` and returns its future, as an executor does."""
        return self._submit(Api.none, function, args, limits)

    def _submit(self, api: Api, function: str, args: Tuple[Any, ...], limits: CallOptions) -> CallFuture:
        future = CallFuture(self, self._callbacks)
        future._pending = self._native().submit(api, function, args, limits_of(limits), future._settle, may_block=True)
        return future

    # --- items as they come

    def stream(
        self,
        prompt: Any = None,
        options: Json = None,
        context: Json = None,
        *,
        api: Optional[Literal["call", "embedding", "classification", "none"]] = None,
        function: str = "",
        args: Optional[Sequence[Any]] = None,
        identity: Optional[bool] = None,
        **limits: Unpack[CallOptions],
    ) -> Stream:
        """Makes one call, and returns its items, which are read as the script yields them (``for item in …``). An item
        is whatever the script yields, as Python objects of its JSON form. A function that does not stream gives its
        result as the only item.

        ``api``, ``function`` and ``identity``: as in `map`. With ``args`` instead of a prompt these are all arguments
        of ``function``. ``limits``: as in `call_api`; ``item_timeout`` bounds the wait for each item, ``timeout`` the
        whole stream. Failures of the call are raised where its items are read."""
        call = self._stream_call(prompt, options, context, api, function, args, identity, limits)
        native = self._native()
        kind, arguments, given = call(native)
        return Stream(self, NativeStream(native, kind, function, arguments, limits_of(given)))

    # --- the script

    def reload(self) -> None:
        """Imports the script anew, without losing a call. The hosts are replaced one after the other, each by one that
        has imported the script as it is now. A host works until its replacement is ready. Calls in flight end on the
        former code. Returns when all hosts have the new code; former ones may still be completing their calls.

        Raises `ImportFailed` when the script cannot be imported now. Hosts that have not been replaced by then go on
        with the former code. A reload while another one runs makes that start over, and both end together. What the
        script keeps in variables is lost. A pool that has not started yet starts. Ctrl-C ends the wait, not the
        reload."""
        native = self._lifecycle.native
        if native is None:
            self._native()
        else:
            native.reload()

    async def areload(self) -> None:
        """`reload` for asyncio. Cancelling the task that awaits it does not end the reload."""
        await on_own_thread(self.reload)

    # --- inspection

    def inspect(self) -> Dict[str, Any]:
        """What the script contains: ``script``, ``python``, ``python_version``, ``import_ms`` and ``ready_ms``
        (milliseconds), ``functions`` (a list of dicts with ``name``, ``kind``, ``streams``, ``signature``, ``faults``),
        ``suggestions`` (texts), ``tasks`` (texts): the asyncio tasks that run in the host that was asked, and
        ``files`` (absolute paths): the script and the modules loaded there which are neither of the standard library
        nor installed."""
        return self._native().inspect()

    def stats(self) -> Dict[str, Any]:
        """Counters, percentiles and the state of each host: as ``provider-host batch --stats-json`` writes them.
        Never waits for a host."""
        return self._native().stats()

    def check_health(self, limit: float = 1.0) -> Dict[str, Any]:
        """Probes every host (process, GIL, event loop) for at most ``limit`` seconds. Returns `stats`."""
        return self._native().check_health(limit)

    def flush_log(self) -> None:
        """Waits until the function ``log`` has returned from all lines so far, 5 seconds at most; not at all in that
        function, nor before the start. What the script has printed while it was imported is among them once the pool
        has started. In a coroutine: ``await asyncio.to_thread(pool.flush_log)``."""
        native = self._lifecycle.native
        if native is not None:
            native.flush_log()

    def __repr__(self) -> str:
        state = (
            "shut down"
            if self._lifecycle.is_closed
            else "started"
            if self._lifecycle.native is not None
            else "not started"
        )
        least, most = self._workers
        workers = f"{most}" if least == most else f"{least} to {most}"
        return f"<Pool of {self._script!r}, {workers} workers, {state}>"


def _drain_after(kind: Optional[Type[BaseException]]) -> Optional[float]:
    """Seconds that calls get when a block is left: 0 after Ctrl-C, ``sys.exit`` and cancellation, else the default."""
    return 0 if kind is not None and not issubclass(kind, Exception) else None


# Hosts end before the interpreter does, as threads of a pool need it.
_pools: weakref.WeakSet[Pool] = weakref.WeakSet()
_process = os.getpid()


@atexit.register
def _shut_down_all() -> None:
    """In a forked child, its own pools. All are shut down even if one raises."""
    refuse_starts()  # by daemon threads
    process = os.getpid()
    with contextlib.ExitStack() as ends:
        if process == _process:  # a forked child has none of these threads
            ends.callback(wait_for_ending_pools)
        for pool in list(_pools):
            if pool._lifecycle.process == process:
                ends.callback(pool.shutdown, 0)
