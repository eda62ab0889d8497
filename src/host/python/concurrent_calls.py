"""Runs several calls at a time in one host. Loaded when `concurrency` is above 1; standard library only.

Coroutine functions become tasks on the one event loop, which lives on the main thread as long as the host. Everything
else runs in threads. An awaitable that a thread returns is settled on the loop.
"""

import _signal  # type: ignore[import-not-found]
import sys
from asyncio import CancelledError, Task, current_task
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from threading import get_ident
from time import monotonic
from types import SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bootstrap import CallEntries, is_awaitable, load, stream_kind

host_loop = load("event_loop", "host_loop")
settle = load("event_loop", "settle")
LOOP_GRACE = load("event_loop", "LOOP_GRACE")
stop_reading = load("event_loop", "stop_reading")
is_coroutine_function = load("callables", "is_coroutine_function")
is_async_generator_function = load("callables", "is_async_generator_function")
iterate = load("streams", "iterate")
CreditWatch = load("streams", "CreditWatch")
can_interrupt = load("lifecycle", "can_interrupt")
write_stacks = load("lifecycle", "write_stacks")
enter_thread = load("thread_loops", "enter_thread")
make_loops_on_demand = load("thread_loops", "make_on_demand")
of_frame = load("stacks", "of_frame")
of_task = load("stacks", "of_task")

NO_STREAM, SYNC_STREAM, ASYNC_STREAM = range(3)  # StreamKind of stream_kind.h

UNFINISHED = object()


# As loop.create_task(), without a new name for each task: making one takes longer than the rest.
def new_task(coroutine, loop):
    return Task(coroutine, loop=loop, name="provider-call")


if sys.version_info >= (3, 12):

    def new_task(coroutine, loop):  # noqa: F811 - it runs at once, up to its first wait
        return Task(coroutine, loop=loop, name="provider-call", eager_start=True)


def serve(call_fd: int, concurrency: int, cancel_signal: int, entries: "CallEntries") -> None:
    """Runs calls until `entries.receive` returns None and all calls are settled.

    The signal `cancel_signal` says that `requested_cancels()` may have changed or that `take_stacks()`.
    """
    server = _Server(call_fd, concurrency, entries)
    _signal.signal(cancel_signal, server.on_cancel_signal)
    while True:
        try:
            server.run()
            return
        except (OSError, RuntimeError, NotImplementedError) as error:
            server.replace_loop(error)
        except BaseException:
            pass  # an interrupt that hit no call, or sys.exit in a background task


def _threads(count, take_work):
    """Threads that wait for calls.

    What is raised in one while it waits came too late for an earlier call. `take_work(queue, block)` drops it before it
    can reach the next one.
    """
    threads = ThreadPoolExecutor(count, thread_name_prefix="provider", initializer=enter_thread)
    queue: SimpleQueue = SimpleQueue()
    threads._work_queue = SimpleNamespace(  # type: ignore[assignment]
        put=queue.put,
        get=partial(take_work, queue),  # no bytecode of ours comes after it
        get_nowait=partial(take_work, queue, False),
    )
    return threads


class _Server:
    def __init__(self, call_fd: int, concurrency: int, entries: "CallEntries") -> None:
        self.call_fd = call_fd
        self.entries = entries
        self.enter_call = entries.call_context.set
        self.threads = _threads(concurrency, entries.take_work)
        make_loops_on_demand()
        self.thread = get_ident()
        self.loop = host_loop.current()
        self.on_loop: dict = {}  # call id → its task; None until the loop has made it
        self.in_threads: set = set()  # call ids
        self.writing_stacks = False
        self.starting = None  # the call whose task runs its first step
        self.cancelled: dict = {}  # call id → since when the loop knows of its cancellation, and signals since then
        self.ended = False
        self.flush_due = False
        self.known: object = None  # the last call's function
        self.run_known: Any = None  # what runs it on the loop; None: a thread does
        self.credit_watch = CreditWatch(entries.change_fd, entries.forget_change)

    def run(self):
        while not self.finished():
            self.loop.call_soon(self.begin, self.loop)
            self.loop.run_forever()
        self.flush()

    def begin(self, loop):
        """The loop runs. It may be a thread of the script's that runs it; such a loop is left alone."""
        if get_ident() != self.thread or loop is not self.loop:
            return
        if not self.ended:
            loop.add_reader(self.call_fd, self.on_readable)
        self.stop_when_finished()
        self.flush()

    def finished(self):
        return self.ended and not self.on_loop and not self.in_threads

    def stop_when_finished(self):
        if self.finished():
            self.loop.stop()

    def on_readable(self):
        calls = self.entries.receive()
        if calls is None:
            self.ended = True
            self.loop.remove_reader(self.call_fd)
            self.stop_when_finished()
            return
        for call, function, args in calls:
            try:
                if function is not self.known:
                    self.run_known = self.runner_on_loop(function)
                    self.known = function
                if self.run_known is not None:
                    self.start_on_loop(call, self.run_known(call, function, args))
                else:
                    self.start_in_thread(call, function, args)
            except BaseException as error:  # only this call fails, not those that came with it
                self.in_threads.discard(call)
                self.entries.settle_soon(call, None, error)
        if self.on_loop:
            self.loop.call_soon(self.settle_unstarted, calls)  # behind the first step of every task
        self.flush_soon()

    def runner_on_loop(self, function):
        """The coroutine function that runs a call of `function` on the loop; None when it may block."""
        if is_coroutine_function(function):
            return self.run_on_loop
        return self.iterate_on_loop if is_async_generator_function(function) else None

    def start_on_loop(self, call, coroutine):
        loop = self.loop
        self.starting = call
        try:
            task = new_task(coroutine, loop) if loop.get_task_factory() is None else loop.create_task(coroutine)
        finally:
            self.starting = None  # else an interrupt for this call would hit what comes next
        if not task.done():
            self.on_loop[call] = task

    def spawn(self, call, run, value):
        """Goes on with what a thread has got from the call's function."""
        self.on_loop[call] = self.loop.create_task(run(call, lambda: value, ()))
        if call in self.entries.requested_cancels():
            self.cancel(call)
        self.loop.call_soon(self.settle_unstarted, [(call, None, None)])

    def settle_unstarted(self, calls):
        """Settles calls whose task was cancelled by user code before its first step: such a task runs nothing."""
        for call, _, _ in calls:
            task = self.on_loop.get(call)
            if task is not None and task.cancelled():
                del self.on_loop[call]
                self.entries.settle_soon(call, None, CancelledError("the task was cancelled before it had begun"))
                self.flush_soon()
        if self.ended:
            self.stop_when_finished()

    def on_cancel_signal(self, signum, frame):
        """Runs between any two bytecodes of the main thread, or during a system call that it waits in.

        Each cancellation is left to the loop. Code that still blocks the loop when the signal is repeated is
        interrupted. The first signal does not: an interrupt inside `threading` may leave a lock locked.
        """
        if self.writing_stacks:
            return  # an interrupt would get lost in there; the handler that writes takes it afterwards
        if self.entries.take_stacks():
            self.writing_stacks = True
            write_stacks(lambda: self.stacks(frame))
            self.writing_stacks = False
        running = current_task(self.loop)
        now = monotonic()
        known = {call: self.cancelled.get(call, (now, 0)) for call in self.entries.requested_cancels()}
        self.cancelled = {call: (since, signals + 1) for call, (since, signals) in known.items()}
        for call, (since, signals) in self.cancelled.items():
            try:
                self.loop.call_soon_threadsafe(self.cancel, call)
            except (OSError, RuntimeError):
                pass  # the loop is broken, or user code has closed it
            is_running = call == self.starting or (running is not None and self.on_loop.get(call) is running)
            if not is_running or now - since < LOOP_GRACE or frame is None or frame.f_globals is globals():
                continue
            if can_interrupt(frame, signals) and self.entries.take_cancel(call):
                raise CancelledError("the pool cancelled the call")

    def stacks(self, frame):
        running = current_task(self.loop)
        frames = sys._current_frames()
        stacks = {call: of_frame(frames.get(thread)) for call, thread in self.entries.threads().items()}
        for call, task in list(self.on_loop.items()):
            if task is not None:
                stacks[call] = of_frame(frame) if task is running else of_task(task)
        if self.starting is not None:
            stacks[self.starting] = of_frame(frame)
        return stacks

    def cancel(self, call):
        """Requests the end of a call; its own code decides. A call that has not arrived is settled when it does."""
        if call in self.on_loop:
            if self.on_loop[call] is not None and self.entries.take_cancel(call):
                self.on_loop[call].cancel()
        elif call in self.in_threads and self.can_interrupt_thread(call) and self.entries.take_cancel(call):
            if self.entries.interrupt_code(call):
                return
            self.in_threads.discard(call)  # no thread has begun with it
            self.entries.settle_soon(call, None, CancelledError("the pool cancelled the call before it had begun"))
            self.flush_soon()

    def can_interrupt_thread(self, call):
        """If not, the signal comes again soon."""
        _, signals = self.cancelled.get(call, (0, 0))
        frame = sys._current_frames().get(self.entries.threads().get(call, 0))
        return can_interrupt(frame, signals)

    def start_in_thread(self, call, function, args):
        self.in_threads.add(call)
        try:
            self.threads.submit(self.run_in_thread, call, function, args)
        except RuntimeError as error:  # no more threads can be started; those that exist take the call over
            if not self.threads._threads:
                self.in_threads.discard(call)
                self.entries.settle_soon(call, None, error)

    async def run_on_loop(self, call, function, args):
        self.enter_call(call)
        try:
            value = await function(*args)
            if type(value) is not dict:
                value = await self.outcome(call, value)
            if value is not UNFINISHED:
                self.entries.settle_soon(call, value, None)
        except BaseException as error:
            self.entries.settle_soon(call, None, error)
        self.leave_loop(call)

    async def iterate_on_loop(self, call, function, args):
        self.enter_call(call)
        try:
            await self.iterate(call, function(*args))
            self.entries.settle_soon(call, None, None)
        except BaseException as error:
            self.entries.settle_soon(call, None, error)
        self.leave_loop(call)

    async def outcome(self, call, value):
        """What a call returns whose coroutine has returned `value`; UNFINISHED when a thread goes on with it."""
        if is_awaitable(value):
            value = await settle(value)
        kind = stream_kind(value, True)
        if kind == SYNC_STREAM:  # it may block
            self.start_in_thread(call, lambda: value, ())
            return UNFINISHED
        return await self.iterate(call, value) if kind == ASYNC_STREAM else value

    async def iterate(self, call, stream):
        self.entries.begin_items(call)
        entries = self.entries
        await iterate(stream, partial(entries.add_item, call), partial(entries.demand, call), self.credit_watch)

    def leave_loop(self, call):
        self.on_loop.pop(call, None)
        if not self.flush_due:
            self.flush_soon()
        if self.ended:
            self.stop_when_finished()

    def flush_soon(self):
        if not self.flush_due:
            self.flush_due = True
            self.loop.call_soon(self.flush)

    def flush(self):
        self.flush_due = False
        self.entries.flush()

    def run_in_thread(self, call, function, args):
        if call not in self.in_threads:
            return  # settled already: there was no thread for it
        try:
            try:
                self.entries.begin_code(call)
                value = function(*args)
                awaitable = is_awaitable(value)
                kind = NO_STREAM if awaitable or type(value) is dict else stream_kind(value, False)
                if kind == SYNC_STREAM:
                    value = self.entries.iterate(call, value)
            finally:
                self.entries.end_code(call)
            if awaitable or kind == ASYNC_STREAM:
                self.on_loop[call] = None
                run = self.run_on_loop if awaitable else self.iterate_on_loop
                self.loop.call_soon_threadsafe(self.spawn, call, run, value)
            else:
                self.entries.settle_now(call, value, None)
        except BaseException as error:
            self.entries.end_code(call)  # the interrupt may have come before the first one
            self.on_loop.pop(call, None)
            self.entries.settle_now(call, None, error)
        finally:
            self.in_threads.discard(call)
            if self.ended:
                self.wake()

    def wake(self):
        try:
            self.loop.call_soon_threadsafe(self.stop_when_finished)
        except (OSError, RuntimeError):
            pass  # broken; the next loop checks by itself

    def replace_loop(self, error):
        """User code has closed the loop's descriptors: its calls fail, the host goes on with another loop."""
        for call in list(self.on_loop):
            self.entries.settle_now(call, None, RuntimeError(f"the event loop of the host broke: {error}"))
        self.on_loop.clear()
        self.flush()
        stop_reading(self.loop, self.call_fd)
        host_loop.forget()
        self.loop = host_loop.current()
