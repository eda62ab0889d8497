"""The check of a function that streams."""

from __future__ import annotations

import time
import warnings
from typing import Any, List, NamedTuple

from ..._errors import ProviderError
from ..failures.failure import CheckFailure, CheckSkipped
from .script_run import ScriptRun

_CHANGE = (
    "A reader may leave at any item. The generator then gets GeneratorExit at its `yield`, and has to end: close what "
    "it holds in `finally` or `with`, and neither wait there for long nor end the process."
)


class Reading(NamedTuple):
    """One stream, read as fast as it comes."""

    items: List[Any]
    first_s: float
    """Seconds until the first item."""
    rest_s: float
    """Seconds from then to the end."""


def streams(run: ScriptRun) -> None:
    readings = [_read(run, prompt) for prompt in run.prompts]
    pid = run.host_pid()
    for prompt in run.prompts:
        _leave_at_the_first_item(run, prompt, pid)
    warn_when_all_come_at_once(run, readings)


def _read(run: ScriptRun, prompt: str) -> Reading:
    stream = run.stream(prompt)
    began = time.monotonic()
    items: List[Any] = []
    first = began
    try:
        for item in stream:
            if not items:
                first = time.monotonic()
            items.append(item)
    except ProviderError as error:
        failure = run.failure_of(error, prompt)
        what = f"A plain call works, but not its stream: after {len(items)} items it fails. {failure.what}"
        raise CheckFailure(what, failure.change, failure.where, failure.details) from None
    if not items:
        raise CheckSkipped(f"{run.call_text(prompt)} yields nothing")
    if stream.result is not None and items == [stream.result]:
        raise CheckSkipped(f"{run.target.name} does not stream")
    run.check_returned_error(items[-1], prompt)
    return Reading(items, first - began, time.monotonic() - first)


def _leave_at_the_first_item(run: ScriptRun, prompt: str, pid: int) -> None:
    with run.stream(prompt) as stream:
        for _ in stream:
            break
    left = f"The reader of {run.call_text(prompt)} has left at its first item."
    after = run.try_call(prompt)
    if after.error is not None:
        failure = run.failure_of(after.error, prompt)
        raise CheckFailure(f"{left} The next call fails. {failure.what}", _CHANGE, failure.where, failure.details)
    if after.pid != pid:
        what = f"{left} The generator did not end then, and its host had to be replaced."
        raise CheckFailure(what, _CHANGE, run.source.function(run.target.name))


def warn_when_all_come_at_once(run: ScriptRun, readings: List[Reading]) -> None:
    if all(len(each.items) > 1 and each.first_s > 0.1 and each.rest_s < 0.05 * each.first_s for each in readings):
        longest = max(readings, key=lambda reading: reading.first_s)
        warnings.warn(
            f"{run.target.name} streams, but its {len(longest.items)} items came all at once, after "
            f"{longest.first_s:.1f} s: nobody reads anything earlier than with a plain call; yield each part as soon "
            "as it is there",
            stacklevel=1,
        )
