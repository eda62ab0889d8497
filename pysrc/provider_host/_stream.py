"""The items of a call."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Optional, Type

from ._native import NativeStream
from ._typing import Self


class Stream:
    """The items of one call, in the order in which the script yields them, for ``for item in stream``. `Pool.stream`
    makes it.

    The script runs ahead of its reader by at most 64 KiB, or 256 items, and then waits for it. A failed call raises its
    `ProviderError` behind the items that had come. Ctrl-C while this waits closes the stream, and is raised.
    ``StopIteration.value`` is `result`.

    Leaving the block of ``with`` closes it. So does garbage collection, as when a ``for`` loop is left early and
    nothing else refers to the stream. It keeps its pool alive. Any thread may read or close; one that reads while
    another one does gets RuntimeError.
    """

    result: Any
    """What the generator has returned (``return VALUE``), once the items are at their end; else None. For a function
    that returns one value and yields nothing, that value, which is also the only item."""

    def __init__(self, pool: object, native: NativeStream) -> None:
        self.result = None
        self._pool = pool
        self._native = native
        self._next = native.next

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        try:
            return self._next()
        except StopIteration as end:
            if end.value is not None:
                self.result = end.value
            raise

    def close(self) -> None:
        """Ends the stream, unless it has ended. The generator is closed (``GeneratorExit``, ``aclose()``) at its
        ``yield``, or as soon as it gets to one; code that gets to none in time is interrupted. This waits for none of
        that. Unread items are dropped, and a thread that waits for one gets the end."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], where: Optional[TracebackType]
    ) -> None:
        self.close()
