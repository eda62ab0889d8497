"""src/host/python/event_loop.py, interrupted at each of its bytecodes, and each of asyncio's and of the call's."""

import asyncio
import inspect
import signal
import sys
import threading
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "src" / "host" / "python" / "event_loop.py"
STEP = 53  # between the bytecodes at which a test interrupts; a prime, so that all parts of the loop have their turn
LIMIT = 20


class Module:
    """A fresh one, with the names that a host puts into it."""

    def __init__(self):
        self.names = {
            "__name__": "_provider_host_event_loop",
            "is_awaitable": inspect.isawaitable,
            "stream_kind": lambda value, was_awaited: 0,
        }
        exec(compile(SOURCE.read_text(), "<provider-host event_loop.py>", "exec"), self.names)

    def __getattr__(self, name):
        return self.names[name]


class Interrupt:
    """Does what the host's signal handler does, once, at the `at`-th bytecode that is traced."""

    def __init__(self, module, at, is_repeated):
        self.module = module
        self.at = at
        self.is_repeated = is_repeated
        self.is_delivered = False
        self.is_requested = False

    def __call__(self, frame, event, arg):
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        if event == "opcode":
            self.at -= 1
            if self.at == 0:
                sys.settrace(None)
                self.is_delivered = self.is_requested = True
                self.deliver(frame)
        return self

    def deliver(self, frame):
        if self.module.cancel_soon(frame, self.take_request):
            if not self.is_repeated:
                return
            self.module.host_loop.interrupted_at -= 1  # a second ago
            if self.module.cancel_soon(frame, self.take_request):
                return
        if self.take_request():
            raise KeyboardInterrupt

    def take_request(self):
        was_requested, self.is_requested = self.is_requested, False
        return was_requested


async def call():
    """Waits in the ways in which a loop makes tasks wait."""
    for _ in range(2):
        await asyncio.sleep(0)
    await asyncio.sleep(0.001)
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(lambda: future.done() or future.set_result(1))
    await future
    await asyncio.wait_for(loop.create_task(asyncio.sleep(0)), 10)
    return 1


def run(module, interrupt):
    """Whether the call has returned; a watchdog ends the test when it hangs."""

    def fail(signum, frame):
        sys.settrace(None)
        pytest.fail(f"it does not end in {LIMIT} s")

    watchdog = threading.Timer(LIMIT, signal.pthread_kill, (threading.main_thread().ident, signal.SIGALRM))
    before = signal.signal(signal.SIGALRM, fail)
    watchdog.start()
    awaitable = call()
    sys.settrace(interrupt)
    try:
        return module.run(awaitable) == 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.settrace(None)
        state = inspect.getcoroutinestate(awaitable)
        assert state in (inspect.CORO_CREATED, inspect.CORO_CLOSED)  # it has not begun, or it has ended
        return False
    finally:
        sys.settrace(None)
        watchdog.cancel()
        watchdog.join()
        signal.signal(signal.SIGALRM, before)
        awaitable.close()


@pytest.mark.no_sanitizer
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.parametrize("first", range(1, 4))
@pytest.mark.parametrize("is_repeated", [False, True])
def test_a_call_ends_wherever_it_is_interrupted(first, is_repeated):
    module = Module()
    assert module.run(call()) == 1  # the loop is there
    at, interrupted = first, 0
    while True:
        interrupt = Interrupt(module, at, is_repeated)
        interrupted += not run(module, interrupt)
        if not interrupt.is_delivered:
            break
        at += STEP
    assert interrupted > 10
    module.close()
