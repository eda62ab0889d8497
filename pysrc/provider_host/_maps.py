"""Many calls that are made while their results are taken."""

from __future__ import annotations

from typing import Any, Callable, Generator, Iterable, Iterator, Literal, Optional, Sized, TypeVar, Union

from ._map import check_in_flight, check_prompts, map_calls, outcomes_from
from ._native import MapYield
from ._options import Limits
from ._outcome import Outcome
from ._pool_state import PoolState
from ._prompt_calls import Key, PromptCalls
from ._typing import Json, Unpack

_Yielded = TypeVar("_Yielded")


class Maps(PoolState):
    """The methods of a pool that make a call of each prompt, and block."""

    def map(
        self,
        prompts: Iterable[Any],
        options: Json = None,
        context: Json = None,
        *,
        api: Optional[Literal["call", "embedding", "classification", "none"]] = None,
        function: str = "",
        affinity: Union[Key, Callable[[Any], Key]] = None,
        identity: Optional[bool] = None,
        in_flight: Optional[int] = None,
        return_exceptions: bool = False,
        progress: bool = False,
        **limits: Unpack[Limits],
    ) -> Iterator[Any]:
        """Yields the results for many prompts, in their order. Takes the next prompts when results are taken: at most
        ``in_flight`` calls are queued or running. None: twice what the hosts run at a time (32 times with
        ``affinity``), or as many as take a millisecond, at most 1,024; the latter not with a deadline or a
        ``max_queue`` below 8,192, as calls would expire in the queue, or fill it. Leaving the loop early cancels them.

        ``return_exceptions``: yield the error of a failed call instead of raising it. ``progress``: show the progress
        on stderr, as a bar with ``pip install "provider-host[progress]"``, else as a line every 2 seconds.

        ``api``: by default the one that ``function`` is named for; without ``function`` it is ``call``, or the only one
        that the script has. With ``api="none"`` each item is the only argument of ``function``. ``affinity``: a key, or
        a function that returns the key of a prompt. Calls with the same key go to one host, one after the other, in
        their order. ``identity``: as in `Pool`, for this map alone."""
        check_prompts(prompts)
        calls = self._prompt_calls(options, context, api, function, affinity, identity, limits)
        yields = MapYield.results_and_errors if return_exceptions else MapYield.results
        return shown(self._mapped(prompts, calls, in_flight, yields), prompts, progress)

    def outcomes(
        self,
        prompts: Iterable[Any],
        options: Json = None,
        context: Json = None,
        *,
        api: Optional[Literal["call", "embedding", "classification", "none"]] = None,
        function: str = "",
        affinity: Union[Key, Callable[[Any], Key]] = None,
        identity: Optional[bool] = None,
        in_flight: Optional[int] = None,
        progress: bool = False,
        **limits: Unpack[Limits],
    ) -> Iterator[Outcome]:
        """As `map`, but yields the `Outcome` of each call. The error of a failed call stands in it, and is never
        raised."""
        check_prompts(prompts)
        calls = self._prompt_calls(options, context, api, function, affinity, identity, limits)
        told = self._mapped(prompts, calls, in_flight, MapYield.outcomes)
        return shown(outcomes_from(told), prompts, progress)

    def _mapped(
        self, prompts: Iterable[Any], calls: PromptCalls, in_flight: Optional[int], yields: MapYield
    ) -> Generator[Any, None, None]:
        window = self._window(check_in_flight(in_flight), calls.affinity, calls.limits)
        return map_calls(self._native, calls, prompts, window, yields)


def shown(results: Generator[_Yielded, None, None], prompts: Iterable[Any], progress: bool) -> Iterator[_Yielded]:
    """The same results; with ``progress`` they are counted on stderr."""
    if not progress:
        return results
    from ._progress import with_progress

    return with_progress(results, len(prompts) if isinstance(prompts, Sized) else None)
