"""The callable that the fixture ``provider_call`` gives."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

import pytest

from .._pool import Pool
from .script.result_fields import wrong_field_of
from .script.target import find_target
from .settings import Settings


class ProviderCall:
    def __init__(self, pool: Pool, settings: Settings) -> None:
        self.pool = pool
        self._settings = settings
        self._target = find_target(pool.inspect(), settings.function)

    def __call__(
        self,
        prompt: str,
        options: Optional[Mapping[str, Any]] = None,
        context: Optional[Mapping[str, Any]] = None,
        **limits: Any,
    ) -> Dict[str, Any]:
        """Calls the script's function (``--provider-function``, else the first API that it has). Fails the test when
        token counts, cost or latency are not as promptfoo reads them."""
        target = self._target
        given = dict(options or {})
        given["config"] = {**self._settings.config, **given.get("config", {})}
        arguments = [prompt, given, dict(context or {})][: target.arity]
        outcome = self.pool.outcome(target.name, *arguments, api=target.api, **limits)
        if outcome.error is not None:
            raise outcome.error
        wrong = wrong_field_of(outcome.result)
        if wrong is not None:
            pytest.fail(f"{target.name}: {wrong.what} {wrong.change}", pytrace=False)
        result: Dict[str, Any] = outcome.result
        return result
