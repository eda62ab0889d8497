"""The calls that `Pool.map` makes of prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, NamedTuple, Optional, Tuple, Union

from ._call import api_of_function, arguments_of, key_of, limits_of
from ._native import Api, CallLimits, NativePool
from ._typing import Json

if TYPE_CHECKING:
    from ._identity import Identity
    from ._options import CallOptions, Limits

Key = Union[str, int, None]


class PromptCall(NamedTuple):
    api: Api
    args: Tuple[Any, ...]
    limits: "CallOptions"


@dataclass(frozen=True)
class PromptCalls:
    """The arguments of a map that all its calls share."""

    api: Optional[Api]
    """None: the one that ``function`` is named for, else the one that the script has."""
    function: str
    options: Json
    context: Json
    affinity: Union[Key, Callable[[Any], Key]]
    identity: Optional[Identity]
    limits: "Limits"

    def api_in(self, native: NativePool) -> Api:
        """The API that the calls follow."""
        api = self.api or api_of_function(self.function)
        if api is not None:
            return api
        return Api.call if self.function else native.default_api()

    def native_limits(self) -> CallLimits:
        """The limits of all calls; without affinity when each prompt has its key. Raises as `limits_of`."""
        key = None if callable(self.affinity) else self.affinity
        limits: CallOptions = {**self.limits, "affinity": key}
        return limits_of(limits if key is not None else self.limits)  # type: ignore[arg-type]

    def key_function(self) -> Optional[Callable[[Any], str]]:
        """What gives the affinity key of a prompt, if each has its own."""
        affinity = self.affinity
        return (lambda prompt: key_of(affinity(prompt))) if callable(affinity) else None

    def of(self, prompts: Iterable[Any], native: NativePool) -> Iterator[PromptCall]:
        """Takes a prompt when its call is taken."""
        api = self.api_in(native)
        for prompt in prompts:
            yield PromptCall(api, self.arguments(api, prompt), self._limits_for(prompt))

    def arguments(self, api: Api, prompt: Any) -> Tuple[Any, ...]:
        """The positional arguments of the call for a prompt."""
        return arguments_of(api, prompt, self.options, self.context, self.identity)

    def _limits_for(self, prompt: Any) -> "CallOptions":
        key = self.affinity(prompt) if callable(self.affinity) else self.affinity
        limits: CallOptions = {**self.limits, "affinity": key}
        return limits if key is not None else self.limits  # type: ignore[return-value]
