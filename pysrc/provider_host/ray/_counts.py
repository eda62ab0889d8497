"""What has become of the calls of a pool."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Tuple

from ._calls import Response

_RESULT = b'{"type":"result"'
_KIND = re.compile(rb'"error":\{"kind":"([a-z_]+)"')


class Counts:
    """Counters. Written by the cluster's thread, read by any."""

    def __init__(self) -> None:
        self.submitted = 0
        self.succeeded = 0
        self.errors: Dict[str, int] = {}
        self.lost_actors = 0

    def add(self, responses: List[Tuple[Any, Response]]) -> None:
        for _, response in responses:
            if not isinstance(response, bytes):
                self._add_error(response.kind)
            elif response.startswith(_RESULT, 4):
                self.succeeded += 1
            else:
                kind = _KIND.search(response)
                self._add_error(kind[1].decode() if kind else "protocol_error")

    def _add_error(self, kind: str) -> None:
        self.errors[kind] = self.errors.get(kind, 0) + 1

    def to_dict(self) -> Dict[str, Any]:
        return {
            "submitted": self.submitted,
            "succeeded": self.succeeded,
            "failed": sum(self.errors.values()),
            "errors_by_kind": dict(sorted(self.errors.items())),
        }
