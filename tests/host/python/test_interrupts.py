"""What the handler of the cancellation signal (src/host/python) does at each bytecode of a call and of asyncio."""

import asyncio
import contextlib
import inspect
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[3] / "src" / "host" / "python"
STEP = 53  # between the bytecodes at which a test interrupts; a prime, so that all parts have their turn
LIMIT = 20  # seconds

pytestmark = [
    pytest.mark.no_sanitizer,
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited"),  # interrupted before it began
]


class Host:
    """Its Python modules, with the names that a host puts into them, and the call whose cancellation is requested."""

    def __init__(self):
        self.modules = {}
        self.is_requested = False
        self.call = 0
        number = signal.SIGUSR1
        before = signal.getsignal(number)
        self.load("lifecycle", "on_cancel")(number, self.due_call, self.take_request, lambda: None)
        self.handler = signal.signal(number, before)

    def load(self, module, name):
        if module not in self.modules:
            self.modules[module] = names = {
                "__name__": f"_provider_host_{module}",
                "load": self.load,
                "is_loaded": self.modules.__contains__,
                "is_awaitable": inspect.isawaitable,
                "stream_kind": lambda value, was_awaited: 0,
            }
            source = SOURCES / f"{module}.py"
            exec(compile(source.read_text(), f"<provider-host {module}.py>", "exec"), names)
        return self.modules[module][name]

    def due_call(self):
        return self.call if self.is_requested else 0

    def take_request(self):
        was_requested, self.is_requested = self.is_requested, False
        return was_requested

    def interrupts_at_once(self):
        """Code of a call that blocks the loop; and nothing is as the last resort."""
        self.load("event_loop", "LOOP_GRACE")
        self.modules["event_loop"].update(LOOP_GRACE=0, LAST_RESORT=sys.maxsize, PATIENCE=sys.maxsize)
        self.modules["lifecycle"]["PATIENCE"] = sys.maxsize

    def run(self, awaitable):
        return self.load("event_loop", "run")(awaitable)


class Interrupt:
    """A trace function: requests the cancellation at the `at`-th bytecode, where the signal comes.

    `repeated_after`: so many bytecodes later, if any, it comes again, until the request is taken.
    """

    def __init__(self, host, at, repeated_after):
        self.host = host
        self.left = at
        self.repeated_after = repeated_after
        self.is_delivered = False
        host.is_requested = False
        host.call += 1

    def __call__(self, frame, event, arg):
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        if event == "opcode" and not frame.f_globals["__name__"].startswith("_provider_host_lifecycle"):
            self.left -= 1
            if self.left == 0:
                self.host.is_requested = self.is_delivered = True
                self.deliver(frame)
            elif self.repeated_after and self.host.is_requested and self.left % self.repeated_after == 0:
                self.deliver(frame)
        return self

    def deliver(self, frame):
        sys.settrace(None)
        self.host.handler(signal.SIGUSR1, frame)
        if self.repeated_after:
            sys.settrace(self)


async def wait():
    """In the ways in which a loop makes tasks wait."""
    for _ in range(2):
        await asyncio.sleep(0)
    await asyncio.sleep(0.001)
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(lambda: future.done() or future.set_result(1))
    await future
    await asyncio.wait_for(loop.create_task(asyncio.sleep(0)), 10)
    return 1


def run(interrupt, function):
    """Whether it has returned 1; a watchdog ends the test when it hangs."""

    def fail(signum, frame):
        sys.settrace(None)
        pytest.fail(f"it does not end in {LIMIT} s")

    watchdog = threading.Timer(LIMIT, signal.pthread_kill, (threading.main_thread().ident, signal.SIGALRM))
    before = signal.signal(signal.SIGALRM, fail)
    watchdog.start()
    sys.settrace(interrupt)
    try:
        return function() == 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return False
    finally:
        sys.settrace(None)
        watchdog.cancel()
        watchdog.join()
        signal.signal(signal.SIGALRM, before)


def count_interrupted(host, first, repeated_after, prepare):
    """How many runs of what `prepare()` returns end early, interrupted at each STEP-th bytecode from `first` on."""
    with prepare() as function:
        run(Interrupt(host, 0, 0), function)  # Python 3.12 traces no bytecodes the first time
    at, interrupted = first, 0
    while True:
        with prepare() as function:
            interrupt = Interrupt(host, at, repeated_after)
            interrupted += not run(interrupt, function)
        if not interrupt.is_delivered:
            return interrupted
        at += STEP


@pytest.mark.parametrize("first", range(1, 4))
@pytest.mark.parametrize("repeated_after", [0, STEP])
def test_an_awaited_call_ends_wherever_it_is_interrupted(first, repeated_after):
    host = Host()
    assert host.run(wait()) == 1  # the loop is there
    if repeated_after:
        host.interrupts_at_once()

    @contextlib.contextmanager
    def call():
        coroutine = wait()
        yield lambda: host.run(coroutine)
        state = inspect.getcoroutinestate(coroutine)
        coroutine.close()
        assert state in (inspect.CORO_CREATED, inspect.CORO_CLOSED)  # it has not begun, or it has ended

    assert count_interrupted(host, first, repeated_after, call) > 10
    host.load("event_loop", "close")()


@pytest.mark.parametrize("first", range(1, 4))
def test_a_loop_of_the_script_goes_on_wherever_it_is_interrupted(first):
    @contextlib.contextmanager
    def call():
        loop = asyncio.new_event_loop()
        task = loop.create_task(wait())
        yield lambda: loop.run_until_complete(task)
        if not task.done():  # as asyncio.run() does
            task.cancel()
            run(None, lambda: loop.run_until_complete(task))
        assert task.cancelled() or task.exception() is None or type(task.exception()) is KeyboardInterrupt
        loop.close()

    host = Host()
    host.interrupts_at_once()
    assert count_interrupted(host, first, STEP, call) > 10


def test_an_interrupt_is_not_dropped_by_a_finaliser():
    can_interrupt = Host().load("lifecycle", "can_interrupt")
    answers = []

    class Finalised:
        def __del__(self):
            answers.append(can_interrupt(sys._getframe(), 1))

    Finalised()
    assert answers == [False]
    assert can_interrupt(sys._getframe(), 1)


@pytest.mark.parametrize("module", ["weakref_helpers", "asyncio_helpers", "asyncio"])
def test_modules_of_scripts_are_not_taken_for_those_of_python(module):
    names = {"__name__": module, "sys": sys}
    exec("def frame(): return sys._getframe()", names)
    assert Host().load("lifecycle", "can_interrupt")(names["frame"](), 1)


def test_another_task_is_not_interrupted_for_a_call():
    host = Host()
    host.call += 1
    signals = []

    async def work():
        host.is_requested = True
        while len(signals) < 15:
            host.handler(signal.SIGUSR1, sys._getframe())
            signals.append(host.is_requested)

    async def call():
        asyncio.get_running_loop().create_task(work())
        await asyncio.sleep(LIMIT)

    with pytest.raises(asyncio.CancelledError):
        host.run(call())
    assert signals == [True] * 15
    assert not host.is_requested
    host.load("event_loop", "close")()


def test_a_task_factory_that_blocks_is_interrupted():
    host = Host()
    host.call += 1
    loop = host.load("event_loop", "host_loop").current()
    signals = []

    def factory(loop, coroutine, **options):
        host.is_requested = True
        while len(signals) < 20:
            host.handler(signal.SIGUSR1, sys._getframe())
            signals.append(time.sleep(0.001))

    loop.set_task_factory(factory)
    with pytest.raises(KeyboardInterrupt):
        host.run(wait())
    assert 1 <= len(signals) < 10
    loop.set_task_factory(None)
    host.load("event_loop", "close")()
