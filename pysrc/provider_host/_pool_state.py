"""The state of a pool that all its calls share."""

from __future__ import annotations

import os
from operator import index
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Union

from ._call import api_named
from ._callback_thread import CallbackThread
from ._lifecycle import Lifecycle
from ._log import Log
from ._native import CancelToken, NativePool, Options
from ._options import Limits, native_options
from ._prompt_calls import Key, PromptCalls
from ._typing import Json

if TYPE_CHECKING:
    from ._identity import Identity


class PoolState:
    """Options, and the native pool once it has started."""

    def __init__(self, options: Mapping[str, Any], identity: bool) -> None:
        """``options``: those of the library's table by their names, and ``log``."""
        self._log = Log(options.get("log"))
        self._options = native_options(options)
        self._script = os.fsdecode(options["script"])
        self._workers = index(options["workers"])
        self._default_window = 2 * self._workers * index(options["concurrency"])
        self._identity = self._new_identity() if identity else None
        self._callbacks = CallbackThread("provider-host callbacks")
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

    def _window(self, affinity: object) -> int:
        """How many calls a map has in flight. More with keys, as calls that wait for their key use no host."""
        return self._default_window if affinity is None else 16 * self._default_window


def _native_maker(options: Options, log: Log) -> Callable[[CancelToken], NativePool]:
    return lambda token: NativePool(options, log.sink(), token)
