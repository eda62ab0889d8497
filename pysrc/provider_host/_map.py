"""Many calls, a bounded number of them in flight, results in order."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from contextlib import closing
from operator import index
from typing import (
    Any,
    AsyncGenerator,
    Awaitable,
    Callable,
    Deque,
    Generator,
    Iterable,
    Mapping,
    NamedTuple,
    Optional,
)

from ._errors import ProviderError
from ._native import MapYield, NativeMap, NativePool
from ._outcome import Outcome, outcome_of
from ._prompt_calls import PromptCall, PromptCalls


def check_prompts(prompts: Any) -> None:
    """Raises TypeError for a text or a mapping, which are iterable but no list of prompts."""
    if isinstance(prompts, (str, bytes, bytearray)):
        raise TypeError(
            f"prompts must be many, such as a list; a single {type(prompts).__name__} would be taken letter by letter. "
            "Write [prompt], or make one call with call_api(prompt)"
        )
    if isinstance(prompts, Mapping):
        raise TypeError("prompts must be many, such as a list; of a mapping only the keys would be taken")


class Window(NamedTuple):
    """How many calls of a map may be queued or running."""

    at_a_time: int
    """A call is submitted at once, and not with others, while fewer are queued or running; usually as many as the hosts
    run at a time."""
    in_flight: int
    most: int
    """How many may be in flight when calls take microseconds."""


def check_in_flight(in_flight: Any) -> Optional[int]:
    """Raises ValueError for what is no whole number above 0, nor None."""
    if in_flight is None:
        return None
    if isinstance(in_flight, bool) or not hasattr(in_flight, "__index__") or index(in_flight) < 1:
        raise ValueError(f"in_flight must be a whole number of at least 1, not {in_flight!r}")
    return min(index(in_flight), sys.maxsize)


def map_calls(
    start: Callable[[], NativePool],
    calls: PromptCalls,
    prompts: Iterable[Any],
    window: Window,
    yields: MapYield,
) -> Generator[Any, None, None]:
    """Yields the results in order, outcomes as tuples. ``start`` returns the pool, once the first result is due."""
    native = start()
    limits = calls.native_limits()
    native_map = NativeMap(native, calls.api_in(native), calls.function, limits, *window, yields)
    source = (iter(prompts), calls.options, calls.context, calls.identity, calls.key_function())
    try:
        while results := native_map.take(*source):
            for result in results:
                yield result
    finally:
        native_map.cancel()


def outcomes_from(results: Generator[Any, None, None]) -> Generator[Outcome, None, None]:
    """The outcomes of a map that yields tuples."""
    with closing(results):
        for result in results:
            yield outcome_of(result)


async def map_calls_async(
    start: Callable[[], Awaitable[NativePool]],
    call: Callable[[PromptCall], Awaitable[Any]],
    calls: PromptCalls,
    prompts: Iterable[Any],
    in_flight: int,
    return_exceptions: bool,
) -> AsyncGenerator[Any, None]:
    """The results in order, for ``async for``; ``call`` returns an awaitable. ``start`` is awaited first, so that calls
    are submitted in their order."""
    source = calls.of(prompts, await start())
    window: Deque[asyncio.Future[Any]] = deque()
    try:
        while True:
            while len(window) < in_flight:
                try:
                    window.append(asyncio.ensure_future(call(next(source))))
                except StopIteration:
                    break
            if not window:
                return
            try:
                result = await window.popleft()
            except ProviderError as error:
                if not return_exceptions:
                    raise
                result = error
            yield result
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)
