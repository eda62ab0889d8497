"""The API, the arguments and the limits of one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

from ._native import Api, CallLimits
from ._options import CallOptions
from ._typing import Json

if TYPE_CHECKING:
    from ._identity import Identity

_APIS = {"call": Api.call, "embedding": Api.embedding, "classification": Api.classification, "none": Api.none}
_FUNCTIONS = {
    "call_api": Api.call,
    "call_embedding_api": Api.embedding,
    "call_classification_api": Api.classification,
}
_NO_LIMITS = CallLimits({})


def api_named(name: str) -> Api:
    """The API of that name. Raises ValueError."""
    try:
        return _APIS[name]
    except KeyError:
        raise ValueError(f"there is no api {name!r}; there are {', '.join(_APIS)}") from None


def api_of_function(name: str) -> Optional[Api]:
    """The API whose function has this name; of a dotted name the last part counts. None for any other name."""
    return _FUNCTIONS.get(name.rpartition(".")[2])


def call_arguments(prompt: Any, options: Json, context: Json, identity: Optional[Identity]) -> Tuple[Any, ...]:
    """The positional arguments that ``call_api`` gets for a prompt."""
    if identity is not None:
        options = identity.options(options)
        context = identity.context(context)
    return prompt, options or {}, context or {}


def arguments_of(
    api: Api, prompt: Any, options: Json, context: Json, identity: Optional[Identity] = None
) -> Tuple[Any, ...]:
    """The positional arguments that a function of this API gets for a prompt."""
    if api == Api.none:
        return (prompt,)
    args = call_arguments(prompt, options, context, identity)
    return args if api == Api.call else args[:2]


def limits_of(limits: CallOptions) -> CallLimits:
    """Raises TypeError for an unknown name, and `InvalidRequest` for a wrong value."""
    if not limits:
        return _NO_LIMITS
    unknown = sorted(set(limits) - set(CallOptions.__annotations__))
    if unknown:
        raise TypeError(f"a call has no limit {unknown[0]!r}; there are {', '.join(CallOptions.__annotations__)}")
    given: Dict[str, Any] = dict(limits)
    if "affinity" in given:
        given["affinity"] = key_of(given["affinity"])
    return CallLimits(given)


def key_of(affinity: Any) -> str:
    if affinity is None:
        return ""
    if isinstance(affinity, (str, int)) and not isinstance(affinity, bool):
        return str(affinity)
    raise TypeError(f"affinity must be a string, an integer or None, not {type(affinity).__name__}")
