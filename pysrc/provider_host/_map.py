"""Many calls, a bounded number of them in flight, results in order."""

from __future__ import annotations

import asyncio
from collections import deque
from operator import index
from typing import Any, AsyncGenerator, Awaitable, Callable, Deque, Generator, Iterable, Mapping, TypeVar

from ._errors import ProviderError
from ._future import CallFuture

_Call = TypeVar("_Call")


def check_prompts(prompts: Any) -> None:
    """Raises TypeError for a text or a mapping, which are iterable but no list of prompts."""
    if isinstance(prompts, (str, bytes, bytearray)):
        raise TypeError(
            f"prompts must be many, such as a list; a single {type(prompts).__name__} would be taken letter by letter. "
            "Write [prompt], or make one call with call_api(prompt)"
        )
    if isinstance(prompts, Mapping):
        raise TypeError("prompts must be many, such as a list; of a mapping only the keys would be taken")


def check_in_flight(in_flight: Any, default: int) -> int:
    """How many calls may be in flight; ``default`` for None. Raises ValueError for what is no whole number above 0."""
    if in_flight is None:
        return default
    if isinstance(in_flight, bool) or not hasattr(in_flight, "__index__") or index(in_flight) < 1:
        raise ValueError(f"in_flight must be a whole number of at least 1, not {in_flight!r}")
    return index(in_flight)


def map_calls(
    submit: Callable[[_Call], CallFuture], calls: Iterable[_Call], in_flight: int, return_exceptions: bool
) -> Generator[Any, None, None]:
    """Yields the results of ``submit(call)`` in order."""
    window: Deque[CallFuture] = deque()
    source = iter(calls)
    try:
        while True:
            while len(window) < in_flight:
                try:
                    window.append(submit(next(source)))
                except StopIteration:
                    break
            if not window:
                return
            yield _result_of(window.popleft(), return_exceptions)
    finally:
        for future in window:
            future.cancel()


def _result_of(future: CallFuture, return_exceptions: bool) -> Any:
    try:
        return future.result()
    except ProviderError as error:
        if return_exceptions:
            return error
        raise
    except BaseException:  # Ctrl-C
        future.cancel()
        raise


async def map_calls_async(
    start: Callable[[], Awaitable[object]],
    call: Callable[[_Call], Awaitable[Any]],
    calls: Iterable[_Call],
    in_flight: int,
    return_exceptions: bool,
) -> AsyncGenerator[Any, None]:
    """The same for ``async for``; ``call`` returns an awaitable. ``start`` is awaited first, so that calls are
    submitted in their order."""
    await start()
    window: Deque[asyncio.Future[Any]] = deque()
    source = iter(calls)
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
