"""The event loop of a host. Loaded at the first awaitable; standard library only.

The loop lives as long as the host, so that clients, locks and tasks kept at module level stay valid. In a host that
runs one call at a time, it runs while an awaitable is settled and while the host waits for its next call, never while a
sync function runs.
"""

import asyncio
import threading
import warnings
from time import sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bootstrap import is_awaitable, load, stream_kind

can_interrupt = load("lifecycle", "can_interrupt")
PATIENCE = load("lifecycle", "PATIENCE")

ASYNC_STREAM = 2  # StreamKind of stream_kind.h
# Seconds until code of a call that blocks the loop is interrupted.
LOOP_GRACE = 0.001
# Signals after which whatever else blocks it is: a quarter of a second.
LAST_RESORT = 18


async def settle(value, iterate=None):
    """Awaits until there is nothing left to await: decorators may wrap an awaitable into another.

    What is then to be iterated by `async for` is passed to `iterate`, if any, in the same task.
    """
    value = await value
    while type(value) is not dict:
        if is_awaitable(value):
            value = await value
        elif iterate is not None and stream_kind(value, True) == ASYNC_STREAM:
            return await iterate(value)
        else:
            break
    return value


def stop_reading(loop, fd):
    """Removes the reader from a loop that is given up, though it may be broken, or run in another thread by now."""
    try:
        if loop.is_running():
            loop.call_soon_threadsafe(loop.remove_reader, fd)
        else:
            loop.remove_reader(fd)
    except Exception:
        pass


class HostLoop:
    """The current loop of the host and the task that it runs."""

    def __init__(self):
        self.loop: asyncio.AbstractEventLoop | None = None
        self.loop_of_script: asyncio.AbstractEventLoop | None = None  # the script runs it in a thread of its own
        self.running: asyncio.Task | None = None
        self.coroutine: Any = None  # that settles; also while its task is made
        self.abandoned: list[asyncio.AbstractEventLoop | None] = []
        self.new_loop = asyncio.new_event_loop

    def load_uvloop(self):
        """Makes uvloop's loops from now on. Raises without uvloop."""
        import uvloop

        self.new_loop = uvloop.new_event_loop

    def use_uvloop(self):
        """The same, also for a script that asks for a loop and has set none. Raises without uvloop."""
        self.load_uvloop()
        if set_loop() is None:
            asyncio.set_event_loop(self.new_loop())

    def replace_set_loop(self):
        """Puts a new loop in the place of the one that is set, if there is one: in a fork, which shares that one."""
        if set_loop() is not None:
            asyncio.set_event_loop(self.new_loop())

    def current(self):
        """The host's loop. It must not be running.

        This is the loop that the script has set, else a new one. It is replaced when it was closed, or when the script
        runs it.
        """
        if self.loop is None or self.loop.is_closed() or self.loop.is_running():
            self.loop = _set_by_script()
            if self.loop is not None and self.loop.is_running():
                self.loop, self.loop_of_script = None, self.loop
            if self.loop is None or self.loop.is_closed():
                self.loop = self.new_loop()
        if self.loop_of_script is None or not self.loop_of_script.is_running():
            asyncio.set_event_loop(self.loop)  # asyncio.run in a sync function leaves none behind
        return self.loop

    def run(self, awaitable, iterate=None):
        """Settles an awaitable; raises what it raises. An interrupt cancels it and lets it clean up.

        `iterate` is for settle().
        """
        loop = self.current()
        coroutine = settle(awaitable, iterate)
        task = None
        try:
            self.coroutine = coroutine
            task = self.running = loop.create_task(coroutine)
            return loop.run_until_complete(task)
        except BaseException as error:
            if task is None:  # interrupted before the assignment, or there is no task
                task = _task_of(coroutine, loop)
            if task is None:
                coroutine.close()
                raise
            if not task.done():
                raise error.with_traceback(self._cancel(loop, task) or error.__traceback__)
            if task.cancelled() or task.exception() is error:
                _clear_frames_of_asyncio(error.__traceback__)
                raise
            self._check_alive(loop)  # the loop failed, not the task
            return task.result()
        finally:
            # With what it returned or raised.
            self.running = self.coroutine = None
            del task, coroutine

    def cancel_soon(self, frame, take_request, signals, elapsed):
        """Lets the loop cancel what is being settled, when `take_request()` still says so then. For a signal handler,
        which has been called so many times in so many seconds.

        False: nothing is being settled; or the call's own code, or a task factory for it, still blocks the loop, and an
        exception may be raised in `frame`, or in any; or something else does, for long.
        """
        if self.coroutine is None or self.loop is None:
            return False
        try:
            self.loop.call_soon_threadsafe(self._cancel_running, take_request)
        except (OSError, RuntimeError):
            return False  # it is broken, or user code has closed it
        if self.running is not None and not self.coroutine.cr_running:
            return signals <= LAST_RESORT
        # In the host's own frames it would hit what awaits user code, not that.
        is_own = signals <= PATIENCE and frame.f_code.co_filename.startswith("<provider-host ")
        return elapsed < LOOP_GRACE or is_own or not can_interrupt(frame, signals)

    def _cancel_running(self, take_request):
        task = self.running_task()
        if task is None or self.coroutine.cr_running:  # it runs the loop itself, nested, and would not notice
            return
        if take_request():
            task.cancel()

    def running_task(self):
        """The task of the awaitable that is being settled, or None."""
        task = self.running
        return task if task is not None and not task.done() else None

    def _cancel(self, loop, task):
        """Lets a cancelled task finish. Returns the traceback of its cancellation."""
        task.cancel()
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError as error:
            return error.__traceback__
        except BaseException:
            self._check_alive(loop)
        return None

    def _check_alive(self, loop):
        """Gives up the loop when it fails, as one whose descriptors user code has closed."""
        step = asyncio.sleep(0)
        try:
            loop.run_until_complete(step)
        except BaseException:
            self.forget()
        finally:
            step.close()

    def unfinished(self):
        """The loop's tasks that are not done: what each runs, and where it is."""
        if self.loop is None or self.loop.is_closed():
            return []
        return [_description(task) for task in asyncio.all_tasks(self.loop)]

    def call_soon(self, callback):
        """Schedules `callback` on the loop. False when there is no loop. Any thread."""
        if self.loop is None or self.loop.is_closed():
            return False
        self.loop.call_soon_threadsafe(callback)
        return True

    def forget(self):
        """Gives up the loop; current() makes another one."""
        loop, self.loop = self.loop, None
        # Closing it would close descriptors that may be someone else's by now.
        self.abandoned.append(loop)
        if loop is not None and not loop.is_running():
            asyncio.set_event_loop(None)

    def _usable(self):
        """The loop, when the host may run it; else None."""
        loop = self.loop
        return loop if loop is not None and not loop.is_closed() and not loop.is_running() else None

    def wait(self, call_fd):
        """Runs the loop until `call_fd` is readable. Returns at once when there is no usable loop."""
        readable = False

        def on_readable(loop):
            nonlocal readable
            if not readable:  # uvloop calls once more before it stops; a second stop would end its next run at once
                readable = True
                loop.stop()

        while not readable:
            loop = self._usable()
            if loop is None:
                return
            try:
                loop.add_reader(call_fd, on_readable, loop)
                try:
                    loop.run_forever()
                finally:
                    stop_reading(loop, call_fd)
            except (OSError, RuntimeError, NotImplementedError):
                self.forget()
            except BaseException:
                pass  # a late interrupt, or sys.exit in a background task

    def turn(self):
        """Runs the loop once without waiting, so that background tasks go on beside calls that follow each other."""
        loop = self._usable()
        if loop is None:
            return
        try:
            loop.call_soon(loop.stop)
            loop.run_forever()
        except (OSError, RuntimeError, NotImplementedError):
            self.forget()
        except BaseException:
            pass  # as in wait()

    def close(self):
        """Cancels what still runs and closes the loop."""
        loop = self._usable()
        if loop is None:
            return
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def set_loop():
    """The loop that asyncio.set_event_loop() has set for this thread, or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(getattr(asyncio.get_event_loop_policy(), "_local", None), "_loop", None)


def _set_by_script():
    made = set_loop()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            loop = asyncio.get_event_loop()
        except RuntimeError:
            return None
    for _ in range(20):  # milliseconds: a thread of the script may be about to run it
        if made is None or loop.is_running() or threading.active_count() == 1:
            break
        sleep(0.001)
    return loop


def _task_of(coroutine, loop):
    return next((task for task in asyncio.all_tasks(loop) if task.get_coro() is coroutine), None)


def _clear_frames_of_asyncio(trace):
    """Clears the frames between run() and settle(); `trace` begins with the frame of run().

    They hold the task, which holds the exception, which holds them: what a call leaves would wait for the garbage
    collector.
    """
    while trace.tb_next is not None and trace.tb_next.tb_frame.f_code is not settle.__code__:
        trace = trace.tb_next
        try:
            trace.tb_frame.clear()
        except RuntimeError:
            pass  # it still runs, as a loop that user code runs by itself


def _description(task):
    code = task.get_coro()
    text = f"{task.get_name()} runs {getattr(code, '__qualname__', type(code).__qualname__)}"
    for frame in task.get_stack(limit=1):
        text += f" at {frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"
    return text


host_loop = HostLoop()

# What C++ calls by name.
load_uvloop = host_loop.load_uvloop
use_uvloop = host_loop.use_uvloop
replace_set_loop = host_loop.replace_set_loop
run = host_loop.run
cancel_soon = host_loop.cancel_soon
wait = host_loop.wait
turn = host_loop.turn
call_soon = host_loop.call_soon
close = host_loop.close
