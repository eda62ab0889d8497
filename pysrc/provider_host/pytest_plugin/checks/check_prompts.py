"""Checks that call with one kind of prompt each."""

from __future__ import annotations

from typing import Any, List

from ..failures.failure import CheckFailure, CheckSkipped
from .check_state import failure_of_lost_state
from ..script.prompts import WORLD, conversation, one_megabyte
from .script_run import ScriptRun

# What Python itself raises for an input that the code does not handle. Other exceptions are taken to be deliberate.
_UNINTENDED = {
    "SystemExit", "KeyboardInterrupt", "CancelledError", "IndexError", "KeyError", "TypeError", "AttributeError",
    "NameError", "UnboundLocalError", "ZeroDivisionError", "RecursionError", "MemoryError",
    "UnicodeEncodeError", "UnicodeDecodeError",
}  # fmt: skip


def plain_prompt(run: ScriptRun) -> None:
    results: List[Any] = []
    for prompt in run.prompts:
        try:
            results.append(run.call(prompt))
        except CheckFailure as failure:
            if results and run.try_call(run.prompts[0]).error is not None:
                raise failure_of_lost_state(run, failure) from None
            raise
    run.keep_plain(results)


def conversation_prompt(run: ScriptRun) -> None:
    prompt = conversation(run.prompts[0])
    try:
        run.call(prompt)
    except CheckFailure as failure:
        hint = ' A chat prompt is JSON text, [{"role": "user", "content": "..."}]; json.loads(prompt) gives the list.'
        raise CheckFailure(failure.what, failure.change + hint, failure.where, failure.details) from None


def unicode_prompts(run: ScriptRun) -> None:
    failed = []
    for name, text in WORLD.items():
        try:
            run.call(f"{run.prompts[0]} {text}")
        except CheckFailure as failure:
            failed.append((name, failure))
    if failed:
        first = failed[0][1]
        names = ", ".join(name for name, _ in failed)
        raise CheckFailure(f"Prompts with these fail: {names}. {first.what}", first.change, first.where, first.details)


def empty_prompt(run: ScriptRun) -> None:
    _tolerant_call(run, "", "an empty prompt")


def large_prompt(run: ScriptRun) -> None:
    _tolerant_call(run, one_megabyte(run.prompts[0]), "a prompt of 1 MB")


def _tolerant_call(run: ScriptRun, prompt: str, described: str) -> None:
    """Passes when the script returns an error, or raises an exception of its own choice."""
    outcome = run.try_call(prompt)
    if outcome.error is None:
        try:
            run.check_returned_error(outcome.result, prompt)
        except (CheckFailure, CheckSkipped):
            run.notes.append(f"{described} gets an error: {str(outcome.result['error'])[:60]}")
        return
    if outcome.error.kind != "python_exception" or outcome.error.type in _UNINTENDED:
        raise run.failure_of(outcome.error, prompt)
    run.notes.append(f"{described} raises {outcome.error.type}")
