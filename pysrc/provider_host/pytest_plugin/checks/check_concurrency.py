"""The check with several calls at a time."""

from __future__ import annotations

import json
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import List

from ..._errors import ProviderError
from ..._outcome import Outcome
from ..._pool import Pool
from ..failures.failure import CheckFailure, cut
from ..failures.failed_call import failure_of_import
from .script_run import ScriptRun


def concurrency(run: ScriptRun) -> None:
    settings = run.settings
    at_once = settings.workers * settings.concurrency
    marks = [f"({_mark(number)})" for number in range(3 * at_once)]
    prompts = [run.prompts[number % len(run.prompts)] for number in range(len(marks))]
    if not settings.prompts:  # mark every second prompt; the user's own prompts stay as they are
        prompts = [f"{prompt} {mark}" if n % 2 else prompt for n, (prompt, mark) in enumerate(zip(prompts, marks))]
    repeatable = run.call(run.prompts[0]) == run.plain_results[0]
    pool = run.new_pool(workers=settings.workers, concurrency=settings.concurrency)
    try:
        _start(run, pool)
        started = time.monotonic()
        with ThreadPoolExecutor(at_once) as callers:
            outcomes = list(callers.map(lambda prompt: run.try_call(prompt, pool), prompts))
        elapsed = time.monotonic() - started
    finally:
        pool.shutdown(0)
    _check_each(run, prompts, outcomes)
    _check_mixing(run, prompts, outcomes, repeatable)
    _warn_when_blocking(run, outcomes, elapsed)


def _start(run: ScriptRun, pool: Pool) -> None:
    try:
        pool.start()
    except ProviderError as error:
        failure = failure_of_import(error, run.script)
        raise CheckFailure(
            f"A second host of {run.script.name} cannot start while the first one lives. {failure.what}",
            "Several hosts may run at a time, and several evaluations: what the script takes for itself alone (a port, "
            "a lock file, all memory of a device) must be shared, or taken from what is free.",
            failure.where,
            failure.details,
        ) from None


def _mark(number: int) -> str:
    return f"note {number:03d}-{number * 7919 % 1000:03d}"


def _check_each(run: ScriptRun, prompts: List[str], outcomes: List[Outcome]) -> None:
    for prompt, outcome in zip(prompts, outcomes):
        if outcome.error is not None:
            failure = run.failure_of(outcome.error, prompt)
            raise CheckFailure(
                f"With {run.settings.concurrency} calls at a time, a call fails that works alone. {failure.what}",
                f"{_how_calls_meet(run)} {failure.change}",
                failure.where or run.source.shared_state(),
                failure.details,
            )
        run.check_returned_error(outcome.result, prompt)


def _check_mixing(run: ScriptRun, prompts: List[str], outcomes: List[Outcome], repeatable: bool) -> None:
    texts = [json.dumps(outcome.result) for outcome in outcomes]
    for number, text in enumerate(texts):
        if any(_mark(other) in text for other in range(len(prompts)) if other != number):
            _fail_for_mixing(run, f"gave a result that belongs to another call: {cut(text)}", prompts[number])
    for number, text in enumerate(texts):
        alone = json.dumps(run.plain_results[number % len(run.prompts)])
        if repeatable and prompts[number] in run.prompts and text != alone:
            _fail_for_mixing(run, f"gave {cut(text)}, but alone it gives {cut(alone)}", prompts[number])


def _fail_for_mixing(run: ScriptRun, what: str, prompt: str) -> None:
    raise CheckFailure(
        f"With {run.settings.concurrency} calls at a time, {run.call_text(prompt)} {what}",
        _how_calls_meet(run),
        run.source.shared_state() or run.source.function(run.target.name),
    )


def _how_calls_meet(run: ScriptRun) -> str:
    if run.target.kind == "async":
        return (
            "Async functions of one host run as tasks of one event loop, and every await lets others run: keep what "
            "belongs to one call in local variables, and hold an asyncio.Lock around what must not be interleaved."
        )
    return (
        "Sync functions of one host run in threads when concurrency is above 1: keep what belongs to one call in local "
        "variables, and hold a threading.Lock around what calls must share."
    )


def _warn_when_blocking(run: ScriptRun, outcomes: List[Outcome], elapsed: float) -> None:
    alone = min(run.latencies) / 1000
    if run.target.kind == "async" and alone >= 0.05 and elapsed > 0.8 * alone * len(outcomes) / run.settings.workers:
        warnings.warn(
            f"{run.target.name} is async, but {run.settings.concurrency} calls at a time took as long as one after "
            "the other: it blocks the event loop (time.sleep, requests); await instead, or use asyncio.to_thread",
            stacklevel=1,
        )
