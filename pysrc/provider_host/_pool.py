"""The pool."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import weakref
from types import TracebackType
from typing import Any, Callable, Dict, Iterable, Iterator, Literal, Optional, Sized, Tuple, Type, Union

from ._async_calls import AsyncCalls, on_own_thread
from ._call import api_named, arguments_of, limits_of
from ._future import CallFuture
from ._lifecycle import refuse_starts
from ._map import check_in_flight, check_prompts, map_calls
from ._native import Api, seconds_from, wait_for_ending_pools
from ._options import CallOptions, Limits, PoolOptions
from ._outcome import Outcome
from ._prompt_calls import Key
from ._typing import Json, Self, Unpack


class Pool(AsyncCalls):
    """Owner of the hosts of one provider script: starts them, queues calls, restarts what dies.

    The hosts start when the pool is entered (``with`` or ``async with``), or with the first call. All methods may be
    called from any thread; the GIL is free while they wait. A pool does not outlive a fork: in the child every method
    raises RuntimeError.

    ``timeout`` counts from the moment a host has the call. Raises `ConfigError` for wrong options and, at the start,
    `ImportFailed`, whose cause is the script's traceback.
    """

    def __init__(
        self,
        script: Union[str, "os.PathLike[str]"],
        workers: int = 1,
        concurrency: int = 1,
        timeout: float = 300,
        python: Union[str, "os.PathLike[str]", None] = None,
        identity: bool = False,
        **options: Unpack[PoolOptions],
    ) -> None:
        """``script``: path of the provider script. ``workers``: hosts. ``concurrency``: calls in flight in one host.
        ``timeout``: seconds, 0 for none. ``python``: an interpreter, a virtual environment directory or a version such as
        "3.12"; by default the environment that this program runs in. ``identity``: complete ``options`` and ``context``
        as promptfoo does, with which provider (``id``, ``label``) and which test it is (``evaluationId``,
        ``testCaseId``, ``testIdx``, ``repeatIndex``, ``promptIdx``); what the caller gives stays. No two calls have the
        same arguments then, so that ``quarantine_after`` never sees one of them again."""
        super().__init__(options, script, workers, concurrency, timeout, python, identity)
        _pools.add(self)

    # --- life

    def start(self) -> Self:
        """Starts the hosts and returns when the first is ready. Does nothing when they have been started; raises
        `ShuttingDown` after the end."""
        self._life.check_open()
        self._native()
        return self

    def shutdown(self, drain: Optional[float] = None) -> None:
        """Refuses new calls, gives queued and running ones ``drain`` seconds (default: the option
        ``shutdown_timeout``), settles the rest as `ShuttingDown`, and returns when no host is left and the callbacks of
        futures have run. In such a callback, and in the function ``log``, it does not wait for those.

        Ctrl-C ends the drain at once, and is raised when no host is left. A start that is going on is given up; in a
        signal handler that interrupts it, this returns at once, and the start raises `ShuttingDown`. Raises
        `ConfigError`, and closes nothing, when ``drain`` is no number of seconds."""
        if drain is not None:
            drain = seconds_from("drain", drain)
        native = self._life.close()
        if native is not None:
            native.shutdown(drain)
            if not self._log.is_here():
                self._callbacks.finish()

    def close(self) -> None:
        """`shutdown` with the pool's own ``shutdown_timeout``. Closing a pool again does nothing, as with files."""
        self.shutdown()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], where: Optional[TracebackType]
    ) -> None:
        if os.getpid() == self._life.process:  # else a forked child leaves the block: the pool is not its own
            self.shutdown(_drain_after(kind))

    async def __aenter__(self) -> Self:
        self._life.check_open()
        try:
            await self._anative()
        except asyncio.CancelledError:
            self._life.give_up_start()
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
        """``call_api(prompt, options, context)`` of the script; the result has ``output`` or ``error``.

        ``limits``: ``timeout`` and ``deadline`` in seconds, ``retries``, and ``queue_wait`` in seconds, instead of the
        pool's; and ``affinity``, a key whose calls go to one host, one after the other. Raises the `ProviderError` of
        the failure. Ctrl-C cancels the call.
        """
        args = arguments_of(Api.call, prompt, options, context, self._identity)
        return self._native().call(Api.call, "", args, limits_of(limits))

    def call_embedding_api(self, prompt: str, options: Json = None, **limits: Unpack[CallOptions]) -> Any:
        """``call_embedding_api(prompt, options)``; the result has ``embedding`` or ``error``."""
        args = arguments_of(Api.embedding, prompt, options, None, self._identity)
        return self._native().call(Api.embedding, "", args, limits_of(limits))

    def call_classification_api(self, prompt: str, options: Json = None, **limits: Unpack[CallOptions]) -> Any:
        """``call_classification_api(prompt, options)``; the result has ``classification`` or ``error``."""
        args = arguments_of(Api.classification, prompt, options, None, self._identity)
        return self._native().call(Api.classification, "", args, limits_of(limits))

    def call(self, function: str, /, *args: Any, **limits: Unpack[CallOptions]) -> Any:
        """Any function of the script, which may be dotted as ``Class.method``, with any arguments that have a JSON
        form."""
        return self._native().call(Api.none, function, args, limits_of(limits))

    def outcome(
        self,
        function: str,
        /,
        *args: Any,
        api: Literal["call", "embedding", "classification", "none"] = "none",
        **limits: Unpack[CallOptions],
    ) -> Outcome:
        """The same, and a failed call is no exception. ``api`` says how the result is validated."""
        ok, value, latency_ms, host, pid, stdout, stderr = self._native().outcome(
            api_named(api), function, args, limits_of(limits)
        )
        result, error = (value, None) if ok else (None, value)
        return Outcome(ok, result, error, latency_ms, host, pid, stdout, stderr)

    # --- calls in the background

    def submit(self, function: str, /, *args: Any, **limits: Unpack[CallOptions]) -> CallFuture:
        """Queues ``function(*args)``, as an executor does."""
        return self._submit(Api.none, function, args, limits)

    def _submit(self, api: Api, function: str, args: Tuple[Any, ...], limits: CallOptions) -> CallFuture:
        future = CallFuture(self, self._callbacks)
        future._pending = self._native().submit(api, function, args, limits_of(limits), future._settle, may_block=True)
        return future

    def map(
        self,
        prompts: Iterable[Any],
        options: Json = None,
        context: Json = None,
        *,
        api: Optional[Literal["call", "embedding", "classification", "none"]] = None,
        function: str = "",
        affinity: Union[Key, Callable[[Any], Key]] = None,
        identity: Optional[bool] = None,
        in_flight: Optional[int] = None,
        return_exceptions: bool = False,
        progress: bool = False,
        **limits: Unpack[Limits],
    ) -> Iterator[Any]:
        """The results for many prompts, in their order. Prompts are taken as results are: at most ``in_flight`` calls
        (default: twice what the hosts run at a time) are queued or running. A failed call raises its error in its
        place, or is yielded with ``return_exceptions``. ``progress`` shows on stderr how far it is: a bar with
        ``pip install "provider-host[progress]"``, else a line now and then. Leaving early cancels what is in flight.

        ``api`` is by default what ``function`` is named for, else ``call``, or the one that the script has alone. With
        ``api="none"`` each item is the only argument of ``function``. ``affinity`` is a key, or makes one of a prompt:
        calls with the same key go to one host, one after the other, in their order. ``identity``: as of the pool, for
        this map alone."""
        check_prompts(prompts)
        calls = self._prompt_calls(options, context, api, function, affinity, identity, limits)
        results = map_calls(
            lambda call: self._submit(call.api, function, call.args, call.limits),
            calls.of(prompts, lambda: self._native().default_api()),
            check_in_flight(in_flight, self._window(affinity)),
            return_exceptions,
        )
        if not progress:
            return results
        from ._progress import with_progress

        return with_progress(results, len(prompts) if isinstance(prompts, Sized) else None)

    # --- what there is to know

    def inspect(self) -> Dict[str, Any]:
        """What the script contains: ``script``, ``python``, ``python_version``, ``import_ms``, ``ready_ms``,
        ``functions`` (each with ``name``, ``kind``, ``signature``, ``faults``), ``suggestions``, and ``tasks``: the
        asyncio tasks that go on in the host that was asked."""
        return self._native().inspect()

    def stats(self) -> Dict[str, Any]:
        """Counts, percentiles and the state of each host, as ``provider-host batch --stats-json`` writes them. Never
        waits for a host."""
        return self._native().stats()

    def check_health(self, limit: float = 1.0) -> Dict[str, Any]:
        """Probes every host (process, GIL, event loop) for at most ``limit`` seconds; then `stats`."""
        return self._native().check_health(limit)

    def __repr__(self) -> str:
        state = "shut down" if self._life.is_closed else "started" if self._life.native is not None else "not started"
        return f"<Pool of {self._script!r}, {self._workers} workers, {state}>"


def _drain_after(kind: Optional[Type[BaseException]]) -> Optional[float]:
    """What calls get when a block is left: nothing after Ctrl-C, ``sys.exit`` and cancellation."""
    return 0 if kind is not None and not issubclass(kind, Exception) else None


# Hosts end before the interpreter does; threads that need it would otherwise find it gone.
_pools: weakref.WeakSet[Pool] = weakref.WeakSet()
_process = os.getpid()


@atexit.register
def _shut_down_all() -> None:
    """In a forked child, its own pools. One that is interrupted or fails costs no other its end."""
    refuse_starts()  # by daemon threads
    process = os.getpid()
    with contextlib.ExitStack() as ends:
        if process == _process:  # a child has none of the threads that were at it
            ends.callback(wait_for_ending_pools)
        for pool in list(_pools):
            if pool._life.process == process:
                ends.callback(pool.shutdown, 0)
