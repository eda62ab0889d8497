"""The streams that an event loop reads."""

from __future__ import annotations

import asyncio
import itertools
import weakref
from typing import Callable, Dict, Optional

from ._native import NativePool, NativeStream, ReadableStreams
from ._call import limits_of
from ._of_loops import OfLoops
from ._prompt_calls import PromptCall


class LoopStreams:
    """Those of one loop. They live as long as the loop is open, or there is one. Used on the loop's thread alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = weakref.ref(loop)
        self._readable = ReadableStreams()
        self._numbers = itertools.count()
        self._waiting: Dict[int, asyncio.Future[None]] = {}
        self._wake_from_thread: Optional[Callable[[], None]] = None
        try:
            loop.add_reader(self._readable.fileno(), self._wake)
        except NotImplementedError:  # it cannot watch descriptors
            self._wake_from_thread = _waker_of(self)

    def open(self, pool: NativePool, function: str, call: PromptCall) -> LoopStream:
        """Makes the call."""
        number = next(self._numbers)
        limits = limits_of(call.limits)
        native = NativeStream(
            pool, call.api, function, call.args, limits, self._readable, number, self._wake_from_thread
        )
        return LoopStream(self, number, native)

    async def wait(self, number: int) -> None:
        """Returns when `try_next` of that stream, which had nothing, is worth another try."""
        loop = self.loop()
        if loop is not asyncio.get_running_loop():
            raise RuntimeError("this stream belongs to another event loop, in which it was begun")
        future = self._waiting[number] = loop.create_future()
        try:
            await future
        finally:
            del self._waiting[number]

    def wake(self, number: int) -> None:
        future = self._waiting.get(number)
        if future is not None and not future.done() and not future.get_loop().is_closed():
            future.set_result(None)

    def _wake(self) -> None:
        """A signal handler may raise anywhere. Then the rest is done when this is called again."""
        try:
            while (number := self._readable.first()) is not None:
                self.wake(number)
                self._readable.drop_first()
        finally:
            if self._wake_from_thread is not None and self._readable.first() is not None:
                asyncio.get_running_loop().call_soon(self._wake)


class LoopStream:
    """One of them."""

    def __init__(self, streams: LoopStreams, number: int, native: NativeStream) -> None:
        self._streams = streams
        self._number = number
        self._native = native
        self.try_next = native.try_next

    async def wait(self) -> None:
        await self._streams.wait(self._number)

    def close(self) -> None:
        self._native.close()
        self._streams.wake(self._number)


def _waker_of(streams: LoopStreams) -> Callable[[], None]:
    """For the thread of a pool. Python does not see that a native stream refers to it."""
    this = weakref.ref(streams)

    def wake() -> None:
        streams = this()
        loop = streams.loop() if streams is not None else None
        if streams is None or loop is None:
            return
        try:
            loop.call_soon_threadsafe(streams._wake)
        except RuntimeError:  # it has been closed
            pass

    return wake


loop_streams: OfLoops[LoopStreams] = OfLoops(LoopStreams)
