"""How one call ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Tuple

from ._errors import ProviderError


@dataclass(frozen=True)
class Outcome:
    """A result or an error, and data about the call."""

    ok: bool
    result: Any
    """What the function returned; None when the call failed."""
    error: Optional[ProviderError]
    """Why the call failed; None when it did not."""
    latency_ms: float
    """Milliseconds from when a host got the call until it settled; from submission when no host got it."""
    host: int
    """Number of the host (from 1) that had the call; 0 when none had."""
    pid: int
    """Process id of that host; 0 when none had it."""
    stdout: str
    """What the script printed during the call; "" without the option ``capture``."""
    stderr: str
    """The same for stderr."""


def outcome_of(told: Tuple[bool, Any, float, int, int, str, str]) -> Outcome:
    """What `NativePool.outcome` and its like return, as an `Outcome`."""
    ok, value, latency_ms, host, pid, stdout, stderr = told
    result, error = (value, None) if ok else (None, value)
    return Outcome(ok, result, error, latency_ms, host, pid, stdout, stderr)
