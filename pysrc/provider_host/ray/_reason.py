"""What people need of the errors of Ray, whose texts have many lines."""

from __future__ import annotations

import re

MAX_LENGTH = 400

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_FIELDS = re.compile(r"^\s*(class_name|actor_id|pid|namespace|name|ip|repr):.*$", re.MULTILINE)
_PHRASES = (
    "The actor died unexpectedly before finishing this task.",
    "Worker exit type: SYSTEM_ERROR Worker exit detail:",
)
_ADVICE = re.compile(r"Some common causes include.*$", re.DOTALL)


def reason_of(error: BaseException) -> str:
    """The name of the error and its text on one line, at most about `MAX_LENGTH` characters."""
    text = _FIELDS.sub("", _COLOURS.sub("", str(error)))
    text = " ".join(_ADVICE.sub("", text).split())
    for phrase in _PHRASES:
        text = " ".join(text.replace(phrase, "").split())
    name = type(error).__name__
    if not text:
        return name
    return f"{name}: {text[:MAX_LENGTH]}{'…' if len(text) > MAX_LENGTH else ''}"
