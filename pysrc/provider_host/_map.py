"""Many calls, a bounded number of them in flight, results in order."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, AsyncIterator, Awaitable, Callable, Deque, Iterable, Iterator, Tuple

from ._errors import ProviderError
from ._future import CallFuture

_Args = Tuple[Any, ...]


def map_calls(
    submit: Callable[[_Args], CallFuture], calls: Iterable[_Args], in_flight: int, return_exceptions: bool
) -> Iterator[Any]:
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
    call: Callable[[_Args], Awaitable[Any]], calls: Iterable[_Args], in_flight: int, return_exceptions: bool
) -> AsyncIterator[Any]:
    """The same for ``async for``; ``call`` gives an awaitable."""
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
