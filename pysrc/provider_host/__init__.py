"""Runs Python provider scripts in supervised subprocess hosts.

A *provider script* is a Python file with ``call_api(prompt, options, context)``, sync or async, as LLM evaluation tools
such as promptfoo use them. A `Pool` imports it once in each of its hosts and calls it there::

    from provider_host import Pool, ProviderError

    with Pool("provider.py", workers=2) as pool:
        print(pool.call_api("Hello", {"config": {"temperature": 0}})["output"])

Every call settles exactly once: it returns the result, or raises a `ProviderError` that says what happened.
"""

from typing import TYPE_CHECKING, Any, List

if TYPE_CHECKING:
    from ._errors import (
        Cancelled,
        Collateral,
        ConfigError,
        FunctionNotFound,
        HostCrashed,
        ImportFailed,
        InvalidRequest,
        InvalidResponse,
        PoolUnavailable,
        ProtocolError,
        ProviderError,
        PythonException,
        Quarantined,
        QueueFull,
        RemoteTraceback,
        ShuttingDown,
        Timeout,
    )
    from ._async_stream import AsyncStream
    from ._future import CallFuture
    from ._native import __version__
    from ._options import CallOptions, Limits, PoolOptions
    from ._outcome import Outcome
    from ._pool import Pool
    from ._stream import Stream

__all__ = [
    "AsyncStream",
    "CallFuture",
    "CallOptions",
    "Cancelled",
    "Collateral",
    "ConfigError",
    "FunctionNotFound",
    "HostCrashed",
    "ImportFailed",
    "InvalidRequest",
    "InvalidResponse",
    "Limits",
    "Outcome",
    "Pool",
    "PoolOptions",
    "PoolUnavailable",
    "ProtocolError",
    "ProviderError",
    "PythonException",
    "Quarantined",
    "QueueFull",
    "RemoteTraceback",
    "ShuttingDown",
    "Stream",
    "Timeout",
    "__version__",
]

_HOMES = {
    "AsyncStream": "_async_stream",
    "CallFuture": "_future",
    "CallOptions": "_options",
    "Limits": "_options",
    "Outcome": "_outcome",
    "Pool": "_pool",
    "PoolOptions": "_options",
    "Stream": "_stream",
    "__version__": "_native",
}


if not TYPE_CHECKING:  # with it, a type checker would accept any name

    def __getattr__(name: str) -> Any:
        """Imports a name when it is first used, as pytest loads this package in every run for its plugin."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module("." + _HOMES.get(name, "_errors"), __name__), name)
        globals()[name] = value
        return value


def __dir__() -> List[str]:
    return sorted([*globals(), *__all__])
