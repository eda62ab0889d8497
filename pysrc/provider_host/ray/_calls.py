"""A call on its way to an actor and back."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Tuple, Union

from .._errors import ProviderError

Response = Union[bytes, ProviderError]
"""How a call ended: the frame of its response, as an actor wrote it, or the error that it came to outside of any."""

Sink = Callable[[List[Tuple[Any, Response]]], None]
"""Gets ``(token, response)`` of each call that was submitted with it, once. Runs on the cluster's thread: it must be
quick, must not raise, and runs no code of the user's."""


class ClusterCall:
    """One call, from its submission until it settles. Belongs to the dispatcher."""

    __slots__ = (
        "affinity",
        "cancel_requested",
        "deadline",
        "frame",
        "id",
        "is_bound",
        "is_settled",
        "losses",
        "order",
        "recall_requested",
        "seat",
        "sink",
        "submitted",
        "token",
    )

    def __init__(self, id: int, frame: bytes, sink: Sink, token: Any, affinity: str = "") -> None:
        self.id = id
        """1 to 2^53-1; that of its frames. No two calls without a response have the same."""
        self.frame = frame
        """A ``call`` message of the pipe's protocol (docs/protocol.md), its length in front."""
        self.sink = sink
        self.token = token
        """What the sink knows it by."""
        self.affinity = affinity
        """Calls with the same key go to one actor, in their order. Empty: any actor."""
        self.cancel_requested = False
        """Whether somebody wants it to end."""
        self.recall_requested = False
        """Whether its actor is to give it back. If that says it was cancelled, it has done so."""
        self.order = 0
        """Of submission, whatever its id."""
        self.is_bound = False
        """Whether it counts among the calls of its key that go to one actor."""
        self.is_settled = False
        self.seat: Optional[int] = None
        """Whose actor has it; None: it waits."""
        self.deadline: Optional[float] = None
        """Seconds from submission to its end; None: no limit."""
        self.submitted = 0.0
        """When it was submitted, on the dispatcher's clock."""
        self.losses = 0
        """How many actors were lost while they had it."""
