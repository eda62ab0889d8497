"""The calls that a map over a cluster makes of prompts."""

from __future__ import annotations

from typing import Any, Iterable, List, cast

from .._native import NativePool
from .._prompt_calls import PromptCalls
from ._calls import ClusterCall, Sink
from ._cluster_pool import ClusterPool


class CallsOfPrompts:
    """Makes one call after the other."""

    def __init__(self, pool: ClusterPool, calls: PromptCalls, prompts: Iterable[Any]) -> None:
        self._pool = pool
        self._calls = calls
        self._prompts = iter(prompts)
        self._api = calls.api_in(cast(NativePool, pool))
        self._limits = calls.native_limits()
        self._key = calls.key_function()

    def take(self) -> List[Any]:
        """The next prompt; nothing at the end. Raises what the prompts raise."""
        for prompt in self._prompts:
            return [prompt]
        return []

    def make(self, prompt: Any, sink: Sink, token: Any) -> ClusterCall:
        """The call of a prompt. Raises what the function of its key raises, and `InvalidRequest`."""
        args = self._calls.arguments(self._api, prompt)
        key = "" if self._key is None else self._key(prompt)
        return self._pool.encode(sink, token, self._api, self._calls.function, args, self._limits, key)
