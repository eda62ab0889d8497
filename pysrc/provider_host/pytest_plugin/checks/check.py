"""The type of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Tuple

from .script_run import ScriptRun


@dataclass(frozen=True)
class Check:
    name: str
    """Name of the test in pytest, and of the check in ``--provider-skip``."""
    sentence: str
    """What holds when it passes."""
    body: Callable[[ScriptRun], None]
    """Raises `CheckFailure` when that does not hold, `CheckSkipped` when it cannot be known."""
    needs: Tuple[str, ...] = ()
    """Names of checks without which this one says nothing; they come first."""
    only_with: Tuple[str, ...] = ()
    """Collected only for scripts that have one of these words in their text. Empty: for all."""
