"""The keys of ``options`` and ``context`` that say which test a call is. promptfoo adds the same."""

from __future__ import annotations

import itertools
import os
import secrets
import string
import time
from typing import Any, Dict

from ._typing import Json


class Identity:
    """Keys for the calls of one pool or one `Pool.map`, which is one evaluation. Thread-safe."""

    def __init__(self, script: str) -> None:
        letters = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(3))
        self._evaluation = f"eval-{letters}-{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime())}"
        self._provider = {"id": f"file://{script}", "label": os.path.basename(script)}
        self._indexes = itertools.count()

    def options(self, options: Json) -> Dict[str, Any]:
        return {**self._provider, **(options or {})}

    def context(self, context: Json) -> Dict[str, Any]:
        """For the next test."""
        index = next(self._indexes)
        return {
            "evaluationId": self._evaluation,
            "testCaseId": f"{index}-0",
            "testIdx": index,
            "repeatIndex": 0,
            "promptIdx": 0,
            **(context or {}),
        }
