"""The items of a call, for event loops."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Awaitable, Callable, Optional, Type, TypeVar

from ._loop_streams import LoopStream, loop_streams
from ._native import NativePool
from ._prompt_calls import PromptCall
from ._typing import Self

_T = TypeVar("_T")

_NOTHING = object()
_MOST_AT_ONCE = 64  # items that are taken before other tasks get their turn


class AsyncStream:
    """The items of one call for ``async for``, in the order in which the script yields them. `Pool.astream` makes it.

    The call is made when the first item is asked for, or the stream is entered (``async with``). A failed call raises
    its `ProviderError` behind the items that had come. Cancelling the task that waits for an item closes the stream. So
    does leaving the block of ``async with``, and garbage collection. Leaving the loop early does not, as with any async
    iterator, until nothing refers to the stream.

    It belongs to the event loop in which it was begun. One task reads at a time; another one gets RuntimeError.
    """

    result: Any
    """What the generator has returned (``return VALUE``), once the items are at their end; else None. For a function
    that returns one value and yields nothing, that value, which is also the only item."""

    def __init__(
        self, start: Callable[[], Awaitable[NativePool]], function: str, call: Callable[[NativePool], PromptCall]
    ) -> None:
        self.result = None
        self._start = start
        self._function = function
        self._call = call
        self._stream: Optional[LoopStream] = None
        self._is_read = False
        self._is_closed = False
        self._at_once = 0  # items that were taken since it has waited

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        if self._is_read:
            raise RuntimeError("this stream is being read already")
        self._is_read = True
        try:
            stream = await self._begun()
            while not self._is_closed:
                if self._at_once == _MOST_AT_ONCE:
                    await self._paused(asyncio.sleep(0))
                    self._at_once = 0
                item = stream.try_next(_NOTHING)
                if item is not _NOTHING:
                    self._at_once += 1
                    return item
                await self._paused(stream.wait())
                self._at_once = 0
            raise StopAsyncIteration
        except StopIteration as end:
            if end.value is not None:
                self.result = end.value
            raise StopAsyncIteration from None
        finally:
            self._is_read = False

    async def aclose(self) -> None:
        """Ends the stream, unless it has ended. The generator is closed (``GeneratorExit``, ``aclose()``) at its
        ``yield``, or as soon as it gets to one; code that gets to none in time is interrupted. This waits for none of
        that. Unread items are dropped."""
        self._close()

    async def __aenter__(self) -> Self:
        if not self._is_closed:
            await self._begun()
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], where: Optional[TracebackType]
    ) -> None:
        self._close()

    async def _begun(self) -> LoopStream:
        """Makes the call when it is not made yet. Raises StopAsyncIteration when the stream is closed before."""
        if self._stream is None:
            pool = None if self._is_closed else await self._paused(self._start())
            if pool is None or self._is_closed:
                raise StopAsyncIteration
            streams = loop_streams[asyncio.get_running_loop()]
            self._stream = streams.open(pool, self._function, self._call(pool))
        return self._stream

    async def _paused(self, awaitable: Awaitable[_T]) -> _T:
        try:
            return await awaitable
        except BaseException:  # the task was cancelled, or its coroutine closed
            self._close()
            raise

    def _close(self) -> None:
        self._is_closed = True
        if self._stream is not None:
            self._stream.close()
