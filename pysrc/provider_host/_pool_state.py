"""The state of a pool that all its calls share."""

from __future__ import annotations

import os
from operator import index
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Sequence, Union

from ._call import api_named, api_of_function
from ._callback_thread import CallbackThread
from ._lifecycle import Lifecycle
from ._log import Log
from ._loop_calls import LoopCalls
from ._map import Window
from ._native import Api, CancelToken, NativePool, Options, workers_from
from ._options import CallOptions, Limits, native_options
from ._prompt_calls import Key, PromptCall, PromptCalls
from ._typing import Json

if TYPE_CHECKING:
    from ._identity import Identity


_MOST_IN_FLIGHT = 1024


class PoolState:
    """Options, and the native pool once it has started."""

    def __init__(self, options: Mapping[str, Any], identity: bool) -> None:
        """``options``: those of the library's table by their names, and ``log``."""
        self._log = Log(options.get("log"))
        self._options = native_options(options)
        self._script = os.fsdecode(options["script"])
        self._workers = workers_from("workers", options["workers"])
        self._at_a_time = self._workers[1] * index(options["concurrency"])
        self._deadline = options.get("deadline")
        self._max_queue = index(options.get("max_queue", 10_000))
        self._identity = self._new_identity() if identity else None
        self._callbacks = CallbackThread("provider-host callbacks")
        self._loop_calls: Callable[[], Optional[LoopCalls]] = lambda: None  # a weak reference to those used last
        self._lifecycle = Lifecycle(_native_maker(self._options, self._log))

    def _new_identity(self) -> Identity:
        from ._identity import Identity  # seldom needed, and slow to import

        return Identity(self._script)

    def _native(self) -> NativePool:
        native = self._lifecycle.native
        return native if native is not None else self._lifecycle.started(may_start=not self._log.is_here())

    def _prompt_calls(
        self,
        options: Json,
        context: Json,
        api: Optional[str],
        function: str,
        affinity: Union[Key, Callable[[Any], Key]],
        identity: Optional[bool],
        limits: Limits,
    ) -> PromptCalls:
        own = self._new_identity() if identity else None
        known = self._identity if identity is None else own
        kind = None if api is None else api_named(api)
        return PromptCalls(kind, function, options, context, affinity, known, limits)

    def _stream_call(
        self,
        prompt: Any,
        options: Json,
        context: Json,
        api: Optional[str],
        function: str,
        args: Optional[Sequence[Any]],
        identity: Optional[bool],
        limits: CallOptions,
    ) -> Callable[[NativePool], PromptCall]:
        """What makes the call, once there is a pool."""
        if (prompt is None) == (args is None):
            raise TypeError("a stream needs a prompt, or args: the arguments of the function as a list or tuple")
        calls = self._prompt_calls(options, context, api, function, None, identity, limits)
        if args is None:
            return lambda native: next(calls.of([prompt], native))
        if not isinstance(args, (list, tuple)) or options is not None or context is not None:
            raise TypeError("args must be a list or tuple with all arguments, options and context included")
        given = tuple(args)
        kind = calls.api or api_of_function(function) or (Api.none if function else None)
        return lambda native: PromptCall(kind or native.default_api(), given, limits)

    def _window(self, in_flight: Optional[int], affinity: object, limits: Limits) -> Window:
        """How many calls a map has in flight; ``in_flight`` when it is not None. More with keys, as calls that wait for
        their key use no host. It does not grow where calls would come to their deadline in the queue, or fill it."""
        least = (2 if affinity is None else 32) * self._at_a_time if in_flight is None else in_flight
        deadline = limits.get("deadline")
        has_deadline = self._deadline if deadline is None else deadline
        may_fill_queue = 0 < self._max_queue < 8 * max(least, _MOST_IN_FLIGHT)
        if has_deadline and may_fill_queue:  # the time of a call begins when there is space for the one before
            return Window(least, least, least)
        may_grow = in_flight is None and not has_deadline and not may_fill_queue
        return Window(self._at_a_time, least, max(least, _MOST_IN_FLIGHT) if may_grow else least)


def _native_maker(options: Options, log: Log) -> Callable[[CancelToken], NativePool]:
    return lambda token: NativePool(options, log.sink(), token)
