"""What one call is made of: its API, its arguments, its limits."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Tuple

from ._native import Api, CallLimits
from ._options import Limits

Json = Optional[Mapping[str, Any]]

_APIS = {"call": Api.call, "embedding": Api.embedding, "classification": Api.classification, "none": Api.none}
_NO_LIMITS = CallLimits({})


def api_named(name: str) -> Api:
    """The API of that name. Raises ValueError."""
    try:
        return _APIS[name]
    except KeyError:
        raise ValueError(f"there is no api {name!r}; there are {', '.join(_APIS)}") from None


def arguments_of(api: Api, prompt: Any, options: Json, context: Json) -> Tuple[Any, ...]:
    """The positional arguments that a function of this API gets for a prompt."""
    if api == Api.none:
        return (prompt,)
    return (prompt, options or {}, context or {}) if api == Api.call else (prompt, options or {})


def limits_of(limits: Limits) -> CallLimits:
    """Raises TypeError for one that there is not, and `InvalidRequest` for one that is no number."""
    if not limits:
        return _NO_LIMITS
    unknown = sorted(set(limits) - set(Limits.__annotations__))
    if unknown:
        raise TypeError(f"a call has no limit {unknown[0]!r}; there are {', '.join(Limits.__annotations__)}")
    return CallLimits(limits)
