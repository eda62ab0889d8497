"""Runs several calls at a time in one host. Loaded when `concurrency` is above 1; standard library only.

Coroutine functions become tasks on the one event loop, which lives on the main thread as long as the host. Everything else
runs in threads; an awaitable that comes out of a thread is settled on the loop.
"""

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor

current_loop = load("_host_loop", "current")  # noqa: F821 - `load` is given by the host
forget_loop = load("_host_loop", "forget")  # noqa: F821
settle = load("_host_loop", "settle")  # noqa: F821


def is_coroutine_function(function):
    """Whether calling it runs nothing yet. What a decorator hides counts as sync: it may want a thread of its own."""
    while hasattr(function, "func") and hasattr(function, "keywords"):  # functools.partial
        function = function.func
    call = getattr(type(function), "__call__", None)
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def serve(call_fd, concurrency, receive, answer, fail):
    """Runs calls until `receive` says None and all are settled.

    `receive()` gives a list of (id, function, args); `answer(id, value)` and `fail(id, exception)` settle one, once, from any
    thread, and ignore one that is settled.
    """
    server = _Server(call_fd, concurrency, receive, answer, fail)
    while not server.finished():
        try:
            server.turn()
        except (OSError, RuntimeError, NotImplementedError) as error:
            server.lose_loop(error)
        except BaseException:
            pass  # an interrupt that hit no call, or sys.exit in a background task


class _Server:
    def __init__(self, call_fd, concurrency, receive, answer, fail):
        self.call_fd = call_fd
        self.receive, self.answer, self.fail = receive, answer, fail
        self.threads = ThreadPoolExecutor(concurrency, thread_name_prefix="provider")
        self.loop = current_loop()
        self.on_loop = {}  # id → task
        self.in_threads = set()  # ids; changed on the main thread only
        self.ended = False

    def finished(self):
        return self.ended and not self.on_loop and not self.in_threads

    def turn(self):
        if not self.ended:
            self.loop.add_reader(self.call_fd, self.on_readable)
        self.loop.run_forever()

    def lose_loop(self, error):
        """User code has closed the loop's descriptors: its calls are lost, the host is not."""
        for id in list(self.on_loop):
            self.fail(id, RuntimeError(f"the host's event loop broke: {error}"))
        self.on_loop.clear()
        forget_loop()
        self.loop = current_loop()
        # A thread that finished meanwhile may have told the old loop.
        for future, id in list(self.futures()):
            self.loop.call_soon(self.watch, future, id)

    def futures(self):
        return [(future, id) for id, future in getattr(self, "by_id", {}).items()]

    def on_readable(self):
        calls = self.receive()
        if calls is None:
            self.ended = True
            self.loop.remove_reader(self.call_fd)
            self.stop_when_finished()
            return
        for id, function, args in calls:
            self.start(id, function, args)
