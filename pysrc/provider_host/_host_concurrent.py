"""Runs several calls at a time in one host. Loaded when `concurrency` is above 1; standard library only.

Coroutine functions become tasks on the one event loop, which lives on the main thread as long as the host. Everything
else runs in threads; an awaitable that comes out of a thread is settled on the loop.
"""

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

    `receive()` gives a list of (id, function, args); `answer(id, value)` and `fail(id, exception)` settle one, once,
    from any thread, and ignore one that is settled.
    """
    server = _Server(call_fd, concurrency, receive, answer, fail)
    while True:
        try:
            server.run()
            return
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
        self.on_loop = {}  # call id → its task, None while it is on its way there
        self.in_threads = set()  # call ids
        self.ended = False

    def run(self):
        while not self.finished():
            if not self.ended:
                self.loop.add_reader(self.call_fd, self.on_readable)
            self.loop.call_soon(self.stop_when_finished)
            self.loop.run_forever()

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
            if is_coroutine_function(function):
                self.spawn(call, function, args)
            else:
                self.in_threads.add(call)
                self.threads.submit(self.run_in_thread, call, function, args)

    def spawn(self, call, function, args):
        self.on_loop[call] = self.loop.create_task(self.run_on_loop(call, function, args))

    async def run_on_loop(self, call, function, args):
        try:
            self.answer(call, await settle(function(*args)))
        except BaseException as error:
            self.fail(call, error)
        finally:
            self.on_loop.pop(call, None)
            self.stop_when_finished()

    def run_in_thread(self, call, function, args):
        try:
            value = function(*args)
            if hasattr(type(value), "__await__"):
                self.on_loop[call] = None
                self.loop.call_soon_threadsafe(self.spawn, call, lambda: value, ())
            else:
                self.answer(call, value)
        except BaseException as error:
            self.on_loop.pop(call, None)
            self.fail(call, error)
        finally:
            self.in_threads.discard(call)
            try:
                self.loop.call_soon_threadsafe(self.stop_when_finished)
            except (OSError, RuntimeError):
                pass  # lost; the next loop looks for itself

    def lose_loop(self, error):
        """User code has closed the loop's descriptors: the calls on it are lost, the host is not."""
        for call in list(self.on_loop):
            self.fail(call, RuntimeError(f"the event loop of the host broke: {error}"))
        self.on_loop.clear()
        forget_loop()
        self.loop = current_loop()
