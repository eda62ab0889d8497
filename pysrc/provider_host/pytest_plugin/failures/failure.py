"""How a check ends when it does not pass."""

from __future__ import annotations

import textwrap
from typing import List, Optional

from ..script.location import Location

_WIDTH = 96


class CheckFailure(Exception):
    """A check has failed: ``what`` happened, ``where`` in the user's code, and what to ``change``.

    ``str()`` is what the user reads. No traceback of the suite is shown.
    """

    def __init__(self, what: str, change: str, where: Optional[Location] = None, details: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.change = change
        self.where = where
        self.details = details.rstrip()

    def __str__(self) -> str:
        parts = [_wrapped(self.what)]
        if self.where is not None:
            line = self.where.text().strip()
            parts.append(f"Where:  {self.where}" + (f"\n            {line}" if line else ""))
        if self.details:
            parts.append(textwrap.indent(self.details, "    "))
        parts.append(_wrapped(self.change, "Change: ", " " * 8))
        return "\n\n".join(parts)


class CheckSkipped(Exception):
    """It cannot be known whether the check would pass. ``str()`` is the reason."""


def cut(text: str, limit: int = 160) -> str:
    return text if len(text) <= limit else text[:limit] + "…"


def _wrapped(text: str, first: str = "", others: str = "") -> str:
    """Wraps each line of the text by itself; lines that are indented are code, and stay."""
    lines: List[str] = []
    for number, line in enumerate(text.splitlines() or [""]):
        lead = others if number else first
        if line.startswith("    "):
            lines.append(others + line)
        else:
            lines += textwrap.wrap(
                line,
                _WIDTH,
                initial_indent=lead,
                subsequent_indent=others,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [""]
    return "\n".join(lines)
