"""The calls that `Pool.map` makes of prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, NamedTuple, Optional, Tuple, Union

from ._call import api_of_function, arguments_of
from ._native import Api
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

    def of(self, prompts: Iterable[Any], default_api: Callable[[], Api]) -> Iterator[PromptCall]:
        """Takes a prompt when its call is taken. Calls ``default_api`` at most once, before the first."""
        api = self.api or api_of_function(self.function)
        if api is None:
            api = Api.call if self.function else default_api()
        for prompt in prompts:
            args = arguments_of(api, prompt, self.options, self.context, self.identity)
            yield PromptCall(api, args, self._limits_for(prompt))

    def _limits_for(self, prompt: Any) -> "CallOptions":
        key = self.affinity(prompt) if callable(self.affinity) else self.affinity
        limits: CallOptions = {**self.limits, "affinity": key}
        return limits if key is not None else self.limits  # type: ignore[return-value]
