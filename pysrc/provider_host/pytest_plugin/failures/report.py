"""A failed check as pytest shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..script.location import Location
from .failure import CheckFailure


@dataclass(frozen=True)
class _Crash:
    """What pytest's summary line and JUnit file take from a failure."""

    path: str
    lineno: int
    message: str


@dataclass(frozen=True)
class FailureReport:
    """A `CheckFailure` as pytest shows it."""

    text: str
    reprcrash: _Crash = field(repr=False)

    @classmethod
    def of(cls, failure: CheckFailure, script: Path) -> FailureReport:
        where = failure.where or Location(script, 1)
        return cls(str(failure), _Crash(str(where.file), where.line, failure.what))

    def __str__(self) -> str:
        return self.text

    def toterminal(self, terminal: Any) -> None:
        part = "what"
        for line in self.text.split("\n"):
            part = "" if not line else "change" if line.startswith("Change:") else part
            terminal.line(line, red=part == "what", green=part == "change")
