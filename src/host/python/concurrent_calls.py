"""Runs several calls at a time in one host. Loaded when `concurrency` is above 1; standard library only.

Coroutine functions become tasks on the one event loop, which lives on the main thread as long as the host. Everything
else runs in threads; an awaitable that comes out of a thread is settled on the loop.
"""

import _signal
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
    from bootstrap import is_awaitable, load

current_loop = load("event_loop", "current")
forget_loop = load("event_loop", "forget")
settle = load("event_loop", "settle")
stop_reading = load("event_loop", "stop_reading")
is_coroutine_function = load("callables", "is_coroutine_function")
write_stacks = load("lifecycle", "write_stacks")
enter_thread = load("thread_loops", "enter_thread")
make_loops_on_demand = load("thread_loops", "make_on_demand")
of_frame = load("stacks", "of_frame")
of_task = load("stacks", "of_task")

PATIENCE = 0.001  # seconds; the first repetition comes after 2 ms


# What loop.create_task() does, but for a new name for each task, which takes longer than the rest of it.
def new_task(coroutine, loop):
    return Task(coroutine, loop=loop, name="provider-call")


if sys.version_info >= (3, 12):

    def new_task(coroutine, loop):  # noqa: F811 - the better one: it runs at once up to where it waits first
        return Task(coroutine, loop=loop, name="provider-call", eager_start=True)


def serve(call_fd, concurrency, cancel_signal, entries):
    """Runs calls until `receive` says None and all are settled. `entries`, by name:

    `receive()` gives a list of (id, function, args). `settle_now(id, value, exception)` answers one, from any thread;
    `settle_soon` the same on the loop's thread, with `flush()` when the loop has run what is ready: so that calls that
    end together are sent together. A call that is settled already is ignored.

    `cancel_signal` says that `wanted_cancels()`, a list of ids, may have changed; `take_cancel(id)` is for whoever
    obeys one. It also comes when `take_stacks()`. A thread runs user code between `begin_code(id)` and `end_code(id)`,
    where `interrupt_code(id)` reaches it, and waits for the next in `take_work(queue, block)`, a `queue.get(block)`. In
    a task, the context variable `call_context` says which call it serves.
    """
    server = _Server(call_fd, concurrency, entries)
    _signal.signal(cancel_signal, server.on_cancel_signal)
    while True:
        try:
            server.run()
            return
        except (OSError, RuntimeError, NotImplementedError) as error:
            server.lose_loop(error)
        except BaseException:
            pass  # an interrupt that hit no call, or sys.exit in a background task


def _threads(count, take_work):
    """Threads that wait for calls. What is raised in one while it waits came too late for an earlier call;
    `take_work(queue, block)` drops it where it cannot cost the call that is taken."""
    threads = ThreadPoolExecutor(count, thread_name_prefix="provider", initializer=enter_thread)
    queue = SimpleQueue()
    threads._work_queue = SimpleNamespace(
        put=queue.put,
        get=partial(take_work, queue),  # no bytecode of ours comes after it
        get_nowait=partial(take_work, queue, False),
    )
    return threads


class _Server:
    def __init__(self, call_fd, concurrency, entries):
        self.call_fd = call_fd
        self.receive, self.flush_answers = entries["receive"], entries["flush"]
        self.settle_now, self.settle_soon = entries["settle_now"], entries["settle_soon"]
        self.wanted_cancels, self.take_cancel = entries["wanted_cancels"], entries["take_cancel"]
        self.begin_code, self.end_code = entries["begin_code"], entries["end_code"]
        self.interrupt_code, self.threads_of = entries["interrupt_code"], entries["threads"]
        self.take_stacks = entries["take_stacks"]
        self.enter_call = entries["call_context"].set
        self.threads = _threads(concurrency, entries["take_work"])
        make_loops_on_demand()
        self.thread = get_ident()
        self.loop = current_loop()
        self.on_loop = {}  # call id → its task, None while it is on its way there
        self.in_threads = set()  # call ids
        self.writing_stacks = False
        self.starting = None  # the call whose task takes its first step
        self.asked = {}  # call id → since when the loop knows of its cancellation
        self.ended = False
        self.flush_due = False
        self.known = None  # the last function
        self.known_is_coroutine = False

    def run(self):
        while not self.finished():
            self.loop.call_soon(self.begin, self.loop)
            self.loop.run_forever()
        self.flush()

    def begin(self, loop):
        """The loop turns; unless it is a thread of the script's that has begun to run it, nobody else may."""
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
        calls = self.receive()
        if calls is None:
            self.ended = True
            self.loop.remove_reader(self.call_fd)
            self.stop_when_finished()
            return
        for call, function, args in calls:
            try:
                if function is not self.known:
                    self.known_is_coroutine = is_coroutine_function(function)
                    self.known = function
                if self.known_is_coroutine:
                    self.start_on_loop(call, function, args)
                else:
                    self.start_in_thread(call, function, args)
            except BaseException as error:  # it costs this call, not those that came with it
                self.in_threads.discard(call)
                self.settle_soon(call, None, error)
        if self.on_loop:
            self.loop.call_soon(self.settle_unborn, calls)  # behind the first step of every task
        self.flush_soon()

    def start_on_loop(self, call, function, args):
        loop = self.loop
        coroutine = self.run_on_loop(call, function, args)
        self.starting = call
        try:
            task = new_task(coroutine, loop) if loop.get_task_factory() is None else loop.create_task(coroutine)
        finally:
            self.starting = None  # an interrupt that is meant for it would hit what comes next
        if not task.done():
            self.on_loop[call] = task

    def spawn(self, call, awaitable):
        self.on_loop[call] = self.loop.create_task(self.run_on_loop(call, lambda: awaitable, ()))
        if call in self.wanted_cancels():
            self.cancel(call)
        self.loop.call_soon(self.settle_unborn, [(call, None, None)])

    def settle_unborn(self, calls):
        """A task that user code cancelled before its first step has run nothing: nobody else answers its call."""
        for call, _, _ in calls:
            task = self.on_loop.get(call)
            if task is not None and task.cancelled():
                del self.on_loop[call]
                self.settle_soon(call, None, CancelledError("the task was cancelled before it had begun"))
                self.flush_soon()
        if self.ended:
            self.stop_when_finished()

    def on_cancel_signal(self, signum, frame):
        """Runs between any two bytecodes of the main thread, or in the midst of a system call that it waits in.

        Each cancellation is left to the loop. Code that keeps the loop from turning until the signal is repeated is
        interrupted on the spot; not at once, as an interrupt in the midst of `threading` may leave a lock locked.
        """
        if self.writing_stacks:
            return  # an interrupt would get lost in there; the one that writes looks for it afterwards
        if self.take_stacks():
            self.writing_stacks = True
            write_stacks(lambda: self.stacks(frame))
            self.writing_stacks = False
        running = current_task(self.loop)
        now = monotonic()
        self.asked = {call: self.asked.get(call, now) for call in self.wanted_cancels()}
        for call, since in self.asked.items():
            try:
                self.loop.call_soon_threadsafe(self.cancel, call)
            except (OSError, RuntimeError):
                pass  # no loop to turn: it is lost, or user code has closed it
            is_running = call == self.starting or (running is not None and self.on_loop.get(call) is running)
            if not is_running or now - since < PATIENCE or frame is None or frame.f_globals is globals():
                continue
            if self.take_cancel(call):
                raise CancelledError("the pool cancelled the call")

    def stacks(self, frame):
        running = current_task(self.loop)
        frames = sys._current_frames()
        stacks = {call: of_frame(frames.get(thread)) for call, thread in self.threads_of().items()}
        for call, task in list(self.on_loop.items()):
            if task is not None:
                stacks[call] = of_frame(frame) if task is running else of_task(task)
        if self.starting is not None:
            stacks[self.starting] = of_frame(frame)
        return stacks

    def cancel(self, call):
        """Asks the call to end; its own code has the last word. One that is not there yet is answered when it comes."""
        if call in self.on_loop:
            if self.on_loop[call] is not None and self.take_cancel(call):
                self.on_loop[call].cancel()
        elif call in self.in_threads and self.take_cancel(call) and not self.interrupt_code(call):
            self.in_threads.discard(call)  # no thread has begun with it
            self.settle_soon(call, None, CancelledError("the pool cancelled the call before it had begun"))
            self.flush_soon()

    def start_in_thread(self, call, function, args):
        self.in_threads.add(call)
        try:
            self.threads.submit(self.run_in_thread, call, function, args)
        except RuntimeError as error:  # no thread more can be started; those that are there take the call over
            if not self.threads._threads:
                self.in_threads.discard(call)
                self.settle_soon(call, None, error)

    async def run_on_loop(self, call, function, args):
        self.enter_call(call)
        try:
            value = await function(*args)
            if type(value) is not dict and is_awaitable(value):
                value = await settle(value)
            self.settle_soon(call, value, None)
        except BaseException as error:
            self.settle_soon(call, None, error)
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
        self.flush_answers()

    def run_in_thread(self, call, function, args):
        if call not in self.in_threads:
            return  # answered already: there was no thread for it
        try:
            try:
                self.begin_code(call)
                value = function(*args)
            finally:
                self.end_code(call)
            if is_awaitable(value):
                self.on_loop[call] = None
                self.loop.call_soon_threadsafe(self.spawn, call, value)
            else:
                self.settle_now(call, value, None)
        except BaseException as error:
            self.end_code(call)  # the interrupt may have come between the code and the first time
            self.on_loop.pop(call, None)
            self.settle_now(call, None, error)
        finally:
            self.in_threads.discard(call)
            if self.ended:
                self.wake()

    def wake(self):
        try:
            self.loop.call_soon_threadsafe(self.stop_when_finished)
        except (OSError, RuntimeError):
            pass  # lost; the next loop looks for itself

    def lose_loop(self, error):
        """User code has closed the loop's descriptors: the calls on it are lost, the host is not."""
        for call in list(self.on_loop):
            self.settle_now(call, None, RuntimeError(f"the event loop of the host broke: {error}"))
        self.on_loop.clear()
        self.flush()
        stop_reading(self.loop, self.call_fd)
        forget_loop()
        self.loop = current_loop()
