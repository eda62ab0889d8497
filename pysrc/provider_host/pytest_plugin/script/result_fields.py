"""The keys of a result that promptfoo reads, and the types that it reads there.

`wrong_field_of` follows what promptfoo does with ``tokenUsage``, ``cost`` and ``latencyMs``: values of other
types are missing from its sums.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Optional

_TOKENS = ("total", "prompt", "completion", "cached", "numRequests")
_NUMBERS = ("cost", "latencyMs")
_KINDS = {dict: "an object", list: "a list", str: "a string", bool: "a truth value", int: "a number", float: "a number"}


class WrongField(NamedTuple):
    what: str
    """What is wrong with it, as a sentence."""
    change: str
    """What to do about it, as a sentence."""
    path: str
    """JSON path of the key in the result, such as ``$.tokenUsage``."""


def wrong_field_of(result: Any) -> Optional[WrongField]:
    """The first known key of a result whose value promptfoo would not read; None when there is none."""
    usage = result.get("tokenUsage") if isinstance(result, dict) else None
    if usage is not None:
        example = '{"total": 12, "prompt": 9, "completion": 3}'
        if not isinstance(usage, dict):
            return WrongField(
                f"tokenUsage is {kind_of(usage)}, not an object.", f'Return "tokenUsage": {example}.', "$.tokenUsage"
            )
        if usage and not any(key in usage for key in _TOKENS):
            return WrongField(
                f"tokenUsage has the keys {', '.join(usage)}, none of which promptfoo reads.",
                f"Rename them to {', '.join(_TOKENS)}: {example}.",
                "$.tokenUsage",
            )
        for key in _TOKENS:
            if usage.get(key) is not None and not is_number(usage[key]):
                return WrongField(
                    f"tokenUsage.{key} is {kind_of(usage[key])}, not a number.", "Convert it with int().", f"$.{key}"
                )
    for key in _NUMBERS if isinstance(result, dict) else ():
        if result.get(key) is not None and not is_number(result[key]):
            what = f"{key} is {kind_of(result[key])}, not a number."
            return WrongField(what, "Convert it with float(), or leave the key out.", f"$.{key}")
    return None


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def kind_of(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "a list of lists"
    return _KINDS.get(type(value), "null")
