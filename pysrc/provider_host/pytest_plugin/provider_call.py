"""The callable that the fixture ``provider_call`` gives."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

import pytest

from .._pool import Pool
from .check_results import fault_of
from .settings import Settings
from .subject import find_subject


class ProviderCall:
    def __init__(self, pool: Pool, settings: Settings) -> None:
        self.pool = pool
        self._settings = settings
        self._subject = find_subject(pool.inspect(), settings.function)

    def __call__(
        self,
        prompt: str,
        options: Optional[Mapping[str, Any]] = None,
        context: Optional[Mapping[str, Any]] = None,
        **limits: Any,
    ) -> Dict[str, Any]:
        """Calls the script's function (``--provider-function``, else the first API that it has). Fails the test when
        token counts, cost or latency are not as promptfoo reads them."""
        subject = self._subject
        given = dict(options or {})
        given["config"] = {**self._settings.config, **given.get("config", {})}
        arguments = [prompt, given, dict(context or {})][: subject.arity]
        outcome = self.pool.outcome(subject.name, *arguments, api=subject.api, **limits)
        if outcome.error is not None:
            raise outcome.error
        fault = fault_of(outcome.result)
        if fault is not None:
            pytest.fail(f"{subject.name}: {fault[0]} {fault[1]}", pytrace=False)
        result: Dict[str, Any] = outcome.result
        return result
