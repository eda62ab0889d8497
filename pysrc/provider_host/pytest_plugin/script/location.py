"""A line of the user's code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Location:
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
