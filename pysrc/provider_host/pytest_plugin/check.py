"""One check of the suite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Tuple

if TYPE_CHECKING:
    from .script_run import ScriptRun


@dataclass(frozen=True)
class Check:
    name: str
    sentence: str
    """What holds when it passes."""
    body: Callable[[ScriptRun], None]
    """Raises `Advice` when that does not hold, `NotTried` when it cannot be known."""
    needs: Tuple[str, ...] = ()
    """Checks without which this one says nothing; they come first."""
    only_with: str = ""
    """Collected only for scripts that have this word in their text."""


class NotTried(Exception):
    """The check was skipped; ``str()`` is the reason."""
