"""Results are declared as TypedDict and checked by a type checker only."""

from typing import Any, TypedDict


class ProviderResponse(TypedDict, total=False):
    output: Any
    error: str
    cost: float


def call_api(prompt: str, options: "dict[str, Any]", context: "dict[str, Any]") -> ProviderResponse:
    return ProviderResponse(output=prompt[::-1], cost=0.25)
