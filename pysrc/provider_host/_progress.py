"""A progress bar for `Pool.map`."""

from __future__ import annotations

from typing import Any, Iterator, Optional

from ._errors import ProviderError


def with_progress(results: Iterator[Any], total: Optional[int]) -> Iterator[Any]:
    """The same results, counted in a bar on stderr with rate, failures and time left."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError as error:
        raise ImportError("progress=True needs the package rich: pip install 'provider-host[progress]'") from error
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
        for result in results:
            failed += isinstance(result, ProviderError)
            progress.update(bar, advance=1, failed=failed)
            yield result
