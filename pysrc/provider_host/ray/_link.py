"""The actor that sits on a seat."""

from __future__ import annotations

from typing import Any, Dict, Optional

from .._errors import ProviderError

MAX_BACKOFF = 30.0
"""Seconds between two attempts to start an actor, at most."""


class Link:
    """The present actor of one seat, and how the next one is started when it is lost. Belongs to the cluster's
    thread; others read it for statistics."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.state = "waiting"
        """``waiting`` until `start_at`, ``starting``, or ``ready``."""
        self.handle: Any = None
        self.generation = 0
        """Of the actor; what was asked of an earlier one is ignored."""
        self.about: Dict[str, Any] = {}
        """What `HostActor.start` has said."""
        self.start_at = 0.0
        self.started_at = 0.0
        self.heard_at = 0.0
        self.error: Optional[ProviderError] = None
        """Why the last actor was lost or did not start; None once one is ready."""
        self.losses = 0
        self.is_failing = False
        """Whether the last actor did not start."""
        self._failures = 0  # since a call has settled

    def on_starting(self, now: float) -> None:
        self.state = "starting"
        self.started_at = now
        self.generation += 1
        self.about = {}

    def on_ready(self, about: Dict[str, Any], now: float) -> None:
        self.state = "ready"
        self.about = about
        self.heard_at = now
        self.error = None
        self.is_failing = False

    def on_answer(self, now: float, has_responses: bool) -> None:
        self.heard_at = now
        if has_responses:
            self._failures = 0

    def on_gone(self, error: ProviderError, now: float) -> None:
        """Lost, or not started. The next start is at once the first time, then later and later."""
        self.is_failing = self.state == "starting"
        self.losses += self.state == "ready"
        self.state = "waiting"
        self.generation += 1
        self.error = error
        self.start_at = now + (0 if self._failures == 0 else min(MAX_BACKOFF, 2.0 ** (self._failures - 1)))
        self._failures += 1

    def place(self) -> str:
        """Where the actor is, for people."""
        if not self.about:
            return f"actor {self.number}"
        return (
            f"actor {self.number} on node {self.about['node'][:8]} ({self.about['hostname']}, "
            f"{self.about['address']}), pid {self.about['pid']}"
        )
