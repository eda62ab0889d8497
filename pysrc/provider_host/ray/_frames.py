"""Frames of the pipe's protocol (docs/protocol.md) that are written in Python."""

from __future__ import annotations

import json
import struct
from typing import Any, Dict, Optional

from .._errors import ProviderError


def frame_of(message: Dict[str, Any]) -> bytes:
    """The message with its length in front."""
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return struct.pack(">I", len(payload)) + payload


_CANCELLED = b',"error":{"kind":"cancelled"'


def is_cancelled(frame: bytes) -> bool:
    """Whether the frame of a response says that its call was cancelled."""
    return frame.startswith(b'{"type":"error"', 4) and _CANCELLED in frame[:80]


def error_frame(id: Optional[int], error: ProviderError) -> bytes:
    """The response to a call that no host has answered."""
    return frame_of(
        {"type": "error", "id": id, "error": error.to_dict(), "latency_ms": 0, "host": 0, "pid": 0},
    )
