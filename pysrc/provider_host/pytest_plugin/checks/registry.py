"""The table of all checks, in the order in which they run."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

from .check import Check
from .check_concurrency import concurrency
from .check_import import functions, imports_once, prints, signatures
from .check_leftovers import children_left, tasks_left, threads_left
from .check_prompts import conversation_prompt, empty_prompt, large_prompt, plain_prompt, unicode_prompts
from .check_results import classification, embedding, result_shape
from .check_state import errors_survived, no_leaks, restart, state_kept
from .check_streams import streams

_IMPORTED = ("imports_once",)
_WORKS = ("imports_once", "functions", "signatures", "prints", "plain_prompt")

CHECKS: List[Check] = [
    Check("imports_once", "The script can be imported within the time limit.", imports_once),
    Check("functions", "It defines call_api or one of its siblings, spelled correctly.", functions, _IMPORTED),
    Check("signatures", "These take the arguments that they are called with.", signatures, _IMPORTED),
    Check("prints", "It leaves stdout and stderr open, so that prints do no harm.", prints, _IMPORTED),
    Check("plain_prompt", "A plain prompt gives a valid result.", plain_prompt, _WORKS[:4]),
    Check("conversation", "A conversation, as JSON text, gives a valid result.", conversation_prompt, _WORKS),
    Check("unicode", "Characters of every plane and kind do no harm.", unicode_prompts, _WORKS),
    Check("empty_prompt", "An empty prompt gets a response, which may be an error.", empty_prompt, _WORKS),
    Check("large_prompt", "A prompt of 1 MB gets a response, which may be an error.", large_prompt, _WORKS),
    Check("result_shape", "Results have the same keys and types, and token counts that promptfoo reads.",
          result_shape, _WORKS),
    Check("state_kept", "The same call works again and again in the same host.", state_kept, _WORKS),
    Check("no_leaks", "A result has nothing of an earlier call in it.", no_leaks, _WORKS),
    Check("errors_survived", "A call without config and vars may raise, but harms neither the host nor the next call.",
          errors_survived, _WORKS),
    Check("concurrency", "Several calls at a time in one host do not disturb each other.",
          concurrency, (*_WORKS, "no_leaks")),
    Check("threads_left", "Calls leave no threads behind.", threads_left, _WORKS),
    Check("children_left", "Calls leave no child processes behind.", children_left, _WORKS),
    Check("tasks_left", "Calls leave no asyncio tasks behind.", tasks_left, _WORKS),
    Check("streams", "A reader of items may leave at the first one, and the generator ends.", streams, _WORKS,
          ("yield", "stream")),
    Check("embedding", "call_embedding_api gives vectors of one length.", embedding, _WORKS[:4],
          ("call_embedding_api",)),
    Check("classification", "call_classification_api gives a number for each label.", classification, _WORKS[:4],
          ("call_classification_api",)),
    Check("restart", "After kill -9 of the host, the next one works.", restart, _WORKS),
]  # fmt: skip

BY_NAME: Dict[str, Check] = {check.name: check for check in CHECKS}
CALLS_NOTHING = ("imports_once", "functions", "signatures", "prints")
"""The checks that call no function of the script."""


def checks_for(script: Path) -> List[Check]:
    try:
        text = script.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    return [check for check in CHECKS if not check.only_with or any(word in text for word in check.only_with)]


def listing() -> str:
    width = max(len(check.name) for check in CHECKS)
    return "\n".join(f"{check.name:<{width}}  {check.sentence}" for check in CHECKS)
