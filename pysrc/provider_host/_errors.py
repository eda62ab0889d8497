"""Exceptions: a class for each kind of failure."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple, Type

from ._native import ConfigError

ConfigError.__module__ = "provider_host"


class RemoteTraceback(Exception):
    """The traceback or stack of the host, as text: the ``__cause__`` of a `ProviderError`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text.rstrip()}\n"""'


class ProviderError(Exception):
    """A call, or the start of a pool, failed. ``str()`` is one sentence: what happened, where, and what caused it.

    Fields that do not apply are ``None``.
    """

    kind: str = "protocol_error"
    """Name of the kind in JSON, such as ``python_exception``."""
    message: str
    traceback: Optional[str]
    """The Python traceback as text."""
    type: Optional[str]
    """Name of the exception's class in the host (`PythonException`, `ImportFailed`)."""
    partial: Optional[str]
    """Of a call whose items are joined: what had come before, joined as in ``output``; JSON text if that is no text
    (`PythonException`, `InvalidResponse`)."""
    path: Optional[str]
    """JSON path in the result, such as ``$.output.items[3]`` (`InvalidResponse`)."""
    signal: Optional[int]
    """The signal that ended the host."""
    exit_code: Optional[int]
    """The exit code of the host."""
    stack: Optional[str]
    """Python stack of all threads at the crash or timeout."""
    stderr: Optional[str]
    """The last lines, at most 4 KiB, that the host wrote to stderr."""
    verdict: Optional[str]
    """A likely cause, such as ``out-of-memory: …`` (`HostCrashed`)."""
    peak_rss: Optional[int]
    """The most resident memory that the host had, in bytes (`HostCrashed`)."""
    phase: Optional[str]
    """Where the call was: ``queued`` or ``running`` (`Timeout`)."""
    queued_s: Optional[float]
    """Seconds from submission to when a host had the call (`Timeout`)."""
    ran_s: Optional[float]
    """Seconds that a host had the call (`Timeout`)."""
    culprit: Optional[str]
    """Id of the call that crashed the host (`Collateral`)."""
    crashes: Optional[int]
    """How many hosts this input has crashed (`Quarantined`, `HostCrashed`)."""
    last_error: Optional[str]
    """Message of the last failed start or crash (`PoolUnavailable`)."""
    retry_after: Optional[float]
    """Seconds until the pool tries again (`PoolUnavailable`)."""
    limit: Optional[int]
    """Size of the queue (`QueueFull`)."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        for name in _FIELDS:
            setattr(self, name, fields.get(name))
        self._set_remote_cause()

    def _set_remote_cause(self) -> None:
        remote = self.traceback or self.stack
        if remote:
            self.__cause__ = RemoteTraceback(remote)

    def to_dict(self) -> Dict[str, Any]:
        """``kind``, ``message`` and the other fields that are set: the error object in an output line of ``batch``."""
        fields = {name: getattr(self, name) for name in _FIELDS}
        return {"kind": self.kind, "message": self.message, **{k: v for k, v in fields.items() if v is not None}}

    def __reduce__(self) -> Any:
        return _copied, (self.__class__, self.args, self.__dict__)


_FIELDS = [name for name in ProviderError.__annotations__ if name not in ("kind", "message")]


def _copied(cls: Type[ProviderError], args: Tuple[Any, ...], attributes: Dict[str, Any]) -> ProviderError:
    """A copy made without the constructor, which a user's subclass may have changed. Notes are attributes."""
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(attributes)
    error._set_remote_cause()
    return error


class PythonException(ProviderError):
    """The script raised an exception, ``SystemExit``, ``KeyboardInterrupt`` and ``CancelledError`` included."""

    kind = "python_exception"


class FunctionNotFound(ProviderError):
    """The script has no such callable. The message lists those that it has."""

    kind = "function_not_found"


class InvalidRequest(ProviderError):
    """The arguments have no JSON form, are larger than ``frame_limit``, or are no object where one is required."""

    kind = "invalid_request"


class InvalidResponse(ProviderError):
    """The returned value has no JSON form, or fails the API's validation. ``path`` says where."""

    kind = "invalid_response"


class ImportFailed(ProviderError):
    """The script could not be imported: it is missing, has a syntax error, raised, called ``sys.exit``, or took longer
    than ``start_timeout``."""

    kind = "import_failed"


class Timeout(ProviderError, TimeoutError):
    """``timeout`` or ``deadline`` passed. ``stack`` says where the code was."""

    kind = "timeout"


class Cancelled(ProviderError):
    """The caller cancelled the call."""

    kind = "cancelled"


class HostCrashed(ProviderError):
    """The host died while this call was the one running."""

    kind = "host_crashed"


class Collateral(ProviderError):
    """The host died because of another call."""

    kind = "collateral"


class Quarantined(ProviderError):
    """This input has crashed as many hosts as ``quarantine_after`` allows. It was not tried."""

    kind = "quarantined"


class PoolUnavailable(ProviderError):
    """The crash-loop breaker is open, or no host can be started."""

    kind = "pool_unavailable"


class QueueFull(ProviderError):
    """The queue has ``max_queue`` calls."""

    kind = "queue_full"


class ShuttingDown(ProviderError, RuntimeError):
    """The pool is closing, or has been shut down."""

    kind = "shutting_down"


class ProtocolError(ProviderError):
    """A peer broke the frame protocol."""

    kind = "protocol_error"


_CLASSES: Dict[str, Type[ProviderError]] = {cls.kind: cls for cls in ProviderError.__subclasses__()}


def error_from_fields(fields: Dict[str, Any]) -> ProviderError:
    """The exception for an error object of JSON."""
    others = {name: value for name, value in fields.items() if name not in ("kind", "message")}
    return _CLASSES.get(fields["kind"], ProtocolError)(fields["message"], **others)


__all__ = ["ConfigError", "RemoteTraceback", "error_from_fields", *(cls.__name__ for cls in _CLASSES.values())]
