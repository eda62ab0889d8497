"""What a check that failed tells: what happened, where, and what to change."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, List, Optional

_WIDTH = 96


@dataclass(frozen=True)
class Place:
    """A line of a file, and the function that it is in."""

    file: Path
    line: int
    function: str = ""

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}" + (f" in {self.function}" if self.function else "")

    def text(self) -> str:
        """The line itself; "" when there is none."""
        try:
            lines = self.file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return lines[self.line - 1] if 0 < self.line <= len(lines) else ""


class Advice(Exception):
    """A check has failed. ``str()`` is what the user reads; no traceback of ours is shown."""

    def __init__(self, what: str, change: str, where: Optional[Place] = None, details: str = "") -> None:
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


@dataclass(frozen=True)
class _Crash:
    """What pytest's summary line and JUnit file take from a failure."""

    path: str
    lineno: int
    message: str


@dataclass(frozen=True)
class AdviceReport:
    """An `Advice` as pytest shows it."""

    text: str
    reprcrash: _Crash = field(repr=False)

    @classmethod
    def of(cls, advice: Advice, script: Path) -> AdviceReport:
        where = advice.where or Place(script, 1)
        return cls(str(advice), _Crash(str(where.file), where.line, advice.what))

    def __str__(self) -> str:
        return self.text

    def toterminal(self, terminal: Any) -> None:
        part = "what"
        for line in self.text.split("\n"):
            part = "" if not line else "change" if line.startswith("Change:") else part
            terminal.line(line, red=part == "what", green=part == "change")
