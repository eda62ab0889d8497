"""The progress of `Pool.map` and `Pool.amap` on stderr: a bar with ``rich``, plain lines without it."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Optional

from ._errors import ProviderError
from ._outcome import Outcome

_Count = Callable[[Any], None]
"""Called with each result; a `ProviderError` is a failed call, and so may be an `Outcome`."""
_PERIOD = 2.0  # seconds between two lines


def with_progress(results: Generator[Any, None, None], total: Optional[int]) -> Iterator[Any]:
    """The same results, counted. ``total``: how many there will be; None when that is unknown."""
    with _counting(total) as count, closing(results):
        for result in results:
            count(result)
            yield result


async def with_progress_async(results: AsyncGenerator[Any, None], total: Optional[int]) -> AsyncIterator[Any]:
    """The same for ``async for``."""
    with _counting(total) as count:
        try:
            async for result in results:
                count(result)
                yield result
        finally:
            await results.aclose()


def _counting(total: Optional[int]) -> AbstractContextManager[_Count]:
    try:
        import rich.progress  # noqa: F401
    except ImportError:
        return _lines(total)
    return _bar(total)


def _is_failure(result: Any) -> bool:
    return isinstance(result, ProviderError) or (isinstance(result, Outcome) and not result.ok)


@contextmanager
def _bar(total: Optional[int]) -> Iterator[_Count]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("calls"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("calls", total=total, failed=0)
        failed = 0

        def count(result: Any) -> None:
            nonlocal failed
            failed += _is_failure(result)
            progress.update(bar, advance=1, failed=failed)

        yield count


@contextmanager
def _lines(total: Optional[int]) -> Iterator[_Count]:
    done = failed = 0
    began = last = time.monotonic()

    def print_line(hint: str = "") -> None:
        of_all = f"/{total}" if total is not None else ""
        rate = done / max(time.monotonic() - began, 1e-3)
        print(f"calls: {done}{of_all}, {failed} failed, {rate:.1f}/s{hint}", file=sys.stderr, flush=True)

    def count(result: Any) -> None:
        nonlocal done, failed, last
        done += 1
        failed += _is_failure(result)
        if time.monotonic() - last >= _PERIOD:
            last = time.monotonic()
            print_line()

    try:
        yield count
    finally:
        print_line('; for a bar: pip install "provider-host[progress]"')
