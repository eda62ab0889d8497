"""The names that the host (bootstrap_modules.cc) puts into each module of this directory.

For type checkers and linters only. A running host has no such module, so it is imported under `if TYPE_CHECKING`.
"""

from collections.abc import Callable
from contextvars import ContextVar
from queue import SimpleQueue
from typing import Any, Protocol

def load(module: str, name: str, /) -> Any:
    """What the module `module` of this directory defines as `name`. The first use executes the module."""

def is_loaded(module: str, /) -> bool:
    """Whether that module has been executed."""

def is_awaitable(value: object, /) -> bool:
    """Whether `await value` works, told by its type alone."""

def stream_kind(value: object, was_awaited: bool, /) -> int:
    """0: `value` is a result; 1: it is a stream, iterated by `for`; 2: by `async for`. Told by its type alone."""

class CallEntries(Protocol):
    """What concurrent_loop.cc offers to concurrent_calls.py. Calls are named by their id."""

    call_context: ContextVar[int]
    """The call that a task serves."""

    def receive(self) -> list[tuple[int, Callable[..., Any], list[Any]]] | None:
        """The calls that have arrived (id, function, arguments); None at the end of the channel."""

    def settle_now(self, call: int, value: Any, exception: BaseException | None, /) -> None:
        """Sends the response to a call, from any thread. A call that is settled already is ignored."""

    def settle_soon(self, call: int, value: Any, exception: BaseException | None, /) -> None:
        """The same on the loop's thread, where flush() sends it: calls that end together are sent together."""

    def begin_items(self, call: int, /) -> None:
        """The call's function has returned a stream. Its response is then made of the items that are added."""

    def add_item(self, call: int, item: object, /) -> int:
        """Takes an item on the loop's thread, and sends it. Returns demand()."""

    def demand(self, call: int, /) -> int:
        """Whether to ask for another item; MORE, WAIT or STOP of streams.py."""

    def iterate(self, call: int, stream: Any, /) -> Any:
        """Takes the items of what is iterated by `for`, in the thread that runs the call. Returns what it returns."""

    def change_fd(self) -> int:
        """A descriptor that is readable when demand() may have changed for some call, until forget_change()."""

    def forget_change(self) -> None: ...

    def flush(self) -> None:
        """Sends what settle_soon() has written."""

    def requested_cancels(self) -> list[int]:
        """The calls that the pool has cancelled and nobody has taken."""

    def take_cancel(self, call: int, /) -> bool:
        """Whether this call is cancelled; asked once, it no longer is. For whoever ends the call."""

    def begin_code(self, call: int, /) -> None:
        """The calling thread runs the code of this call from now on."""

    def end_code(self, call: int, /) -> None:
        """It no longer does. Doing it twice is no harm."""

    def interrupt_code(self, call: int, /) -> bool:
        """Raises KeyboardInterrupt between the two. False when the call has not begun or is over."""

    def threads(self) -> dict[int, int]:
        """Call → identifier of the thread that runs its code."""

    def take_stacks(self) -> bool:
        """Whether the pool has requested the stacks of all calls; asked once, it no longer has."""

    def take_work(self, queue: SimpleQueue[Any], block: bool = True) -> Any:
        """queue.get(block). Drops an interrupt that came too late for the thread's last call."""
