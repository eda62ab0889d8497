"""Iterates over what is iterated by `async for`. Loaded with the first awaitable or stream; standard library only."""

from asyncio import get_running_loop, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bootstrap import is_awaitable

# What may be asked for next; Demand of stream_credits.h.
MORE, WAIT, STOP = range(3)
# Items after which other tasks get a turn, also beside a generator that never waits.
ITEMS_PER_TURN = 32


class CreditWatch:
    """Lets tasks wait for the pool to read what they have sent."""

    def __init__(self, change_fd, forget_change):
        self.change_fd = change_fd
        self.forget_change = forget_change
        self.loop: Any = None
        self.waiting: list = []  # (demand, future) of each task

    async def wait(self, demand):
        """Waits until `demand()` is not WAIT, and returns it."""
        loop = get_running_loop()
        if loop is not self.loop:  # a host may replace its loop
            self.loop, self.waiting = loop, []
        if not self.waiting:
            loop.add_reader(self.change_fd(), self.on_change)
        entry = demand, loop.create_future()
        self.waiting.append(entry)
        try:
            while demand() == WAIT:
                await entry[1]
        finally:
            self.leave(loop, entry)
        return demand()

    def on_change(self):
        self.forget_change()
        for demand, future in self.waiting:
            if not future.done() and demand() != WAIT:
                future.set_result(None)

    def leave(self, loop, entry):
        if loop is not self.loop or entry not in self.waiting:
            return
        self.waiting.remove(entry)
        if not self.waiting:
            try:
                loop.remove_reader(self.change_fd())
            except Exception:
                pass  # broken by now


async def iterate(stream, add, demand, watch):
    """Asks for item after item until the end, or until no more are wanted. `add(item)` returns what `demand()` does.

    Closes the stream unless it came to its end. Raises what it or its closing raises.
    """
    iterator = stream
    suspended = True
    count = 0
    try:
        if _has(stream, "__aiter__"):
            iterator = type(stream).__aiter__(stream)
        wanted = demand()
        while wanted != STOP:
            if wanted == WAIT:
                wanted = await watch.wait(demand)
                continue
            suspended = False
            try:
                item = await type(iterator).__anext__(iterator)
            except StopAsyncIteration:
                return
            suspended = True
            wanted = add(item)
            del item
            count += 1
            if count % ITEMS_PER_TURN == 0:
                await sleep(0)
    except GeneratorExit:
        raise  # the loop is gone; there is nobody left to await
    except BaseException:
        try:
            await close(stream, iterator)
        except BaseException:
            if suspended:
                raise
        raise
    await close(stream, iterator)


def _has(value, name):
    return any(name in vars(kind) for kind in type(value).__mro__)


async def close(stream, iterator=None):
    """Closes the iterator, and what made it: both may keep something open."""
    for each in [stream] if iterator is None or iterator is stream else [iterator, stream]:
        name = next((name for name in ("aclose", "close") if _has(each, name)), None)
        if name is not None:
            closing = getattr(each, name)()
            if is_awaitable(closing):
                await closing
