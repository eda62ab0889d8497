"""Calls for event loops."""

from __future__ import annotations

import asyncio
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import (
    Any,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Literal,
    Optional,
    Sequence,
    Sized,
    Tuple,
    TypeVar,
    Union,
)

from ._async_stream import AsyncStream
from ._call import arguments_of, call_arguments, limits_of
from ._completion_queue import completion_queues
from ._loop_calls import loop_calls
from ._map import check_in_flight, check_prompts, map_calls_async
from ._native import Api, NativePool
from ._options import CallOptions, Limits
from ._pool_state import PoolState
from ._prompt_calls import Key
from ._typing import Json, Unpack

_Result = TypeVar("_Result")


def on_own_thread(function: Callable[..., _Result], *args: Any) -> Awaitable[_Result]:
    """What ``function(*args)`` returns, run on a new thread. The loop's executor would not do: all its threads may wait
    for calls that only this function ends."""
    executor = ThreadPoolExecutor(1, "provider-host")
    try:
        return asyncio.get_running_loop().run_in_executor(executor, function, *args)
    finally:
        executor.shutdown(wait=False)


class AsyncCalls(PoolState):
    """The methods of a pool that are awaited. None blocks the event loop.

    Calls of one iteration of the loop may be submitted together, in the next one. So a task that blocks the loop must
    not wait there for what a call of another task does."""

    async def acall_api(
        self, prompt: str, options: Json = None, context: Json = None, **limits: Unpack[CallOptions]
    ) -> Any:
        """`call_api` for asyncio. Cancelling the task that awaits it cancels the call."""
        args = call_arguments(prompt, options, context, self._identity)
        return await self._acall(Api.call, "", args, limits)

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
            calls,
            prompts,
            self._window(check_in_flight(in_flight), affinity, limits).in_flight,
            return_exceptions,
        )
        if not progress:
            return results
        from ._progress import with_progress_async

        return with_progress_async(results, len(prompts) if isinstance(prompts, Sized) else None)

    def astream(
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
    ) -> AsyncStream:
        """`stream` for ``async for``. The call is made when the first item is asked for."""
        call = self._stream_call(prompt, options, context, api, function, args, identity, limits)
        return AsyncStream(self._anative, function, call)

    async def _anative(self) -> NativePool:
        if self._lifecycle.native is not None:
            return self._lifecycle.native
        return await on_own_thread(self._native)

    async def _acall(self, api: Api, function: str, args: Tuple[Any, ...], limits: CallOptions) -> Any:
        native = self._lifecycle.native
        if native is None:
            native = await on_own_thread(self._native)
        loop = asyncio.get_running_loop()
        calls = self._loop_calls()
        if calls is None or calls.loop() is not loop:
            try:
                calls = loop_calls[loop]
            except NotImplementedError:
                return await self._acall_by_thread(loop, native, api, function, args, limits)
            self._loop_calls = weakref.ref(calls)
        future = calls.call(loop, native, self._at_a_time, api, function, args, limits_of(limits))
        try:
            return await future
        except BaseException:  # cancelled, or the coroutine was closed
            calls.cancel(future)
            if not loop.is_closed():
                future.cancel()  # else asyncio would log its exception as never retrieved
            raise

    async def _acall_by_thread(
        self,
        loop: asyncio.AbstractEventLoop,
        native: NativePool,
        api: Api,
        function: str,
        args: Tuple[Any, ...],
        limits: CallOptions,
    ) -> Any:
        """For a loop that cannot watch descriptors."""
        future: asyncio.Future[Any] = loop.create_future()
        queue = completion_queues[loop]

        def settle(result: Any, error: Optional[BaseException]) -> None:
            queue.put(future, result, error)

        pending = native.submit(api, function, args, limits_of(limits), settle, may_block=False)
        try:
            return await future
        except BaseException:
            pending.cancel()
            if not loop.is_closed():
                future.cancel()
            raise
