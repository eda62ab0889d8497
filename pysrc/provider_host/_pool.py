"""The pool."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import weakref
from operator import index
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterator,
    Callable,
    Dict,
    Iterable,
    Iterator,
    Optional,
    Sized,
    Tuple,
    Type,
    Union,
)

from ._call import Json, api_named, arguments_of, limits_of
from ._future import CallFuture
from ._log import log_function
from ._loop_inbox import inbox_of
from ._map import check_in_flight, check_prompts, map_calls, map_calls_async
from ._native import Api, NativePool
from ._options import CallOptions, Limits, PoolOptions, default_python, native_options
from ._outcome import Outcome
from ._prompt_calls import Key, PromptCalls

if TYPE_CHECKING:
    from typing_extensions import Literal, Self, Unpack

    from ._identity import Identity


class Pool:
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
        ``timeout``: seconds, 0 for none. ``python``: an interpreter, a virtual environment folder or a version such as
        "3.12"; by default the environment that this program runs in. ``identity``: complete ``options`` and ``context``
        as promptfoo does, with which provider (``id``, ``label``) and which test it is (``evaluationId``,
        ``testCaseId``, ``testIdx``, ``repeatIndex``, ``promptIdx``); what the caller gives stays. No two calls have the
        same arguments then, so that ``quarantine_after`` never sees one of them again."""
        self._log = log_function(options.get("log"))
        self._options = native_options(
            options,
            script=script,
            workers=workers,
            concurrency=concurrency,
            timeout=timeout,
            python=default_python() if python is None else python,
        )
        self._script = os.fsdecode(script)
        self._workers = index(workers)
        self._room = 2 * self._workers * index(concurrency)
        self._identity = self._new_identity() if identity else None
        self._start_lock = threading.Lock()
        self._native_pool: Optional[NativePool] = None  # protected by _start_lock until it is set
        self._closed = False
        self._process = 0  # the one that has started it

    def _new_identity(self) -> Identity:
        from ._identity import Identity

        return Identity(self._script)

    # --- life

    def start(self) -> Self:
        """Starts the hosts and returns when the first is ready. Does nothing when they have been started."""
        self._native()
        return self

    def _native(self) -> NativePool:
        native = self._native_pool
        if native is not None:
            return native
        with self._start_lock:
            if self._closed:
                raise RuntimeError("this Pool has been shut down")
            if self._native_pool is None:
                self._native_pool = NativePool(self._options, self._log)
                self._process = os.getpid()
                _started.add(self)
            return self._native_pool

    async def _anative(self) -> NativePool:
        if self._native_pool is not None:
            return self._native_pool
        return await asyncio.get_running_loop().run_in_executor(None, self._native)

    def shutdown(self, drain: Optional[float] = None) -> None:
        """Refuses new calls, gives queued and running ones ``drain`` seconds (default: the option
        ``shutdown_timeout``), settles the rest as `ShuttingDown`, and returns when no host is left."""
        with self._start_lock:
            self._closed = True
            native = self._native_pool
        if native is not None:
            native.shutdown(drain)

    def close(self) -> None:
        """`shutdown` with the pool's own ``shutdown_timeout``. Closing a pool again does nothing, as with files."""
        self.shutdown()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], where: Optional[TracebackType]
    ) -> None:
        if os.getpid() == self._process:  # else a forked child leaves the block: the pool is not its own
            self.shutdown(0 if kind is not None and not issubclass(kind, Exception) else None)

    async def __aenter__(self) -> Self:
        await self._anative()
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], where: Optional[TracebackType]
    ) -> None:
        drain = 0 if kind is not None and not issubclass(kind, Exception) else None
        await asyncio.get_running_loop().run_in_executor(None, self.shutdown, drain)

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
        future = CallFuture()
        future._pending = self._native().submit(api, function, args, limits_of(limits), future._settle)
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

    def amap(
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
    ) -> AsyncIterator[Any]:
        """`map` for ``async for``."""
        check_prompts(prompts)
        calls = self._prompt_calls(options, context, api, function, affinity, identity, limits)
        results = map_calls_async(
            self._anative,
            lambda call: self._acall(call.api, function, call.args, call.limits),
            calls.of(prompts, lambda: self._native().default_api()),
            check_in_flight(in_flight, self._window(affinity)),
            return_exceptions,
        )
        if not progress:
            return results
        from ._progress import with_progress_async

        return with_progress_async(results, len(prompts) if isinstance(prompts, Sized) else None)

    def _prompt_calls(
        self,
        options: Json,
        context: Json,
        api: Optional[str],
        function: str,
        affinity: Union[Key, Callable[[Any], Key]],
        identity: Optional[bool],
        limits: Limits,
    ) -> PromptCalls:
        own = self._new_identity() if identity else None
        known = self._identity if identity is None else own
        kind = None if api is None else api_named(api)
        return PromptCalls(kind, function, options, context, affinity, known, limits)

    def _window(self, affinity: object) -> int:
        """How many calls are in flight; calls that wait for others of their key must not keep hosts idle."""
        return self._room if affinity is None else 16 * self._room

    # --- calls for event loops

    async def acall_api(
        self, prompt: str, options: Json = None, context: Json = None, **limits: Unpack[CallOptions]
    ) -> Any:
        """`call_api` for asyncio: the loop goes on, and cancelling the task that waits cancels the call."""
        return await self._acall(Api.call, "", arguments_of(Api.call, prompt, options, context, self._identity), limits)

    async def acall_embedding_api(self, prompt: str, options: Json = None, **limits: Unpack[CallOptions]) -> Any:
        """`call_embedding_api` for asyncio."""
        args = arguments_of(Api.embedding, prompt, options, None, self._identity)
        return await self._acall(Api.embedding, "", args, limits)

    async def acall_classification_api(self, prompt: str, options: Json = None, **limits: Unpack[CallOptions]) -> Any:
        """`call_classification_api` for asyncio."""
        args = arguments_of(Api.classification, prompt, options, None, self._identity)
        return await self._acall(Api.classification, "", args, limits)

    async def acall(self, function: str, /, *args: Any, **limits: Unpack[CallOptions]) -> Any:
        """`call` for asyncio."""
        return await self._acall(Api.none, function, args, limits)

    async def _acall(self, api: Api, function: str, args: Tuple[Any, ...], limits: CallOptions) -> Any:
        native = await self._anative()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        inbox = inbox_of(loop)
        pending = native.submit(
            api, function, args, limits_of(limits), lambda result, error: inbox.put(future, result, error)
        )
        try:
            return await future
        except asyncio.CancelledError:
            pending.cancel()
            raise

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
        state = "shut down" if self._closed else "started" if self._native_pool is not None else "not started"
        return f"<Pool of {self._script!r}, {self._workers} workers, {state}>"


# Hosts end before the interpreter does; threads that need it would otherwise find it gone.
_started: weakref.WeakSet[Pool] = weakref.WeakSet()
_process = os.getpid()


@atexit.register
def _shut_down_all() -> None:
    if os.getpid() != _process:
        return
    for pool in list(_started):
        pool.shutdown(0)
