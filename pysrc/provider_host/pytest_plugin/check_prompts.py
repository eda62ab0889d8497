"""Checks that call with one kind of prompt each."""

from __future__ import annotations

from typing import Any, List

from .advice import Advice
from .check import NotTried
from .check_state import advice_for_lost_state
from .prompts import WORLD, conversation, one_megabyte
from .script_run import ScriptRun

# What Python raises when code has not thought of an input; other exceptions are taken for an answer.
_ACCIDENTS = {
    "SystemExit", "KeyboardInterrupt", "CancelledError", "IndexError", "KeyError", "TypeError", "AttributeError",
    "NameError", "UnboundLocalError", "ZeroDivisionError", "RecursionError", "MemoryError",
    "UnicodeEncodeError", "UnicodeDecodeError",
}  # fmt: skip


def plain_prompt(run: ScriptRun) -> None:
    results: List[Any] = []
    for prompt in run.prompts:
        try:
            results.append(run.call(prompt))
        except Advice as advice:
            if results and run.try_call(run.prompts[0]).error is not None:
                raise advice_for_lost_state(run, advice) from None
            raise
    run.keep_plain(results)


def conversation_prompt(run: ScriptRun) -> None:
    prompt = conversation(run.prompts[0])
    try:
        run.call(prompt)
    except Advice as advice:
        hint = ' A chat prompt is JSON text, [{"role": "user", "content": "..."}]; json.loads(prompt) gives the list.'
        raise Advice(advice.what, advice.change + hint, advice.where, advice.details) from None


def unicode_prompts(run: ScriptRun) -> None:
    failed = []
    for name, text in WORLD.items():
        try:
            run.call(f"{run.prompts[0]} {text}")
        except Advice as advice:
            failed.append((name, advice))
    if failed:
        first = failed[0][1]
        names = ", ".join(name for name, _ in failed)
        raise Advice(f"Prompts with these fail: {names}. {first.what}", first.change, first.where, first.details)


def empty_prompt(run: ScriptRun) -> None:
    _tolerant_call(run, "", "an empty prompt")


def large_prompt(run: ScriptRun) -> None:
    _tolerant_call(run, one_megabyte(run.prompts[0]), "a prompt of 1 MB")


def _tolerant_call(run: ScriptRun, prompt: str, described: str) -> None:
    """To answer with an error is fine here, and so is an exception that the script has thought of."""
    outcome = run.try_call(prompt)
    if outcome.error is None:
        try:
            run.tell_returned_error(outcome.result, prompt)
        except (Advice, NotTried):
            run.notes.append(f"{described} is answered with an error: {str(outcome.result['error'])[:60]}")
        return
    if outcome.error.kind != "python_exception" or outcome.error.type in _ACCIDENTS:
        raise run.advice_for(outcome.error, prompt)
    run.notes.append(f"{described} raises {outcome.error.type}")
