"""Signals that come while the main thread waits for a pool."""

import asyncio
import os
import signal
import sys
import threading

import pytest
from package_under_test import PROVIDERS, alive, wait_until_gone
from provider_host import Pool, ShuttingDown
from provider_host._completion_queue import completion_queues
from provider_host._lifecycle import Lifecycle
from provider_host._loop_calls import LoopCalls


@pytest.fixture
def on_signal():
    """Sets a handler for SIGALRM; all are as before at the end."""
    before = signal.getsignal(signal.SIGALRM)
    yield lambda handler: signal.signal(signal.SIGALRM, handler)
    signal.signal(signal.SIGALRM, before)


def signal_when(condition):
    def watch():
        while not condition():
            os.sched_yield()
        os.kill(os.getpid(), signal.SIGALRM)

    threading.Thread(target=watch).start()


def is_closing(pool):
    return "shut down" in repr(pool)


def test_ctrl_c_aborts_the_drain_and_is_raised_when_no_host_is_left(on_signal):
    on_signal(signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        with Pool(PROVIDERS / "various.py", shutdown_timeout=3600) as pool:
            pid = pool.outcome("echo").pid
            future = pool.submit("sleep")
            signal_when(lambda: is_closing(pool))
    wait_until_gone(pid)
    with pytest.raises(ShuttingDown):
        future.result(timeout=0)


@pytest.mark.timeout(300)  # many pools, one after the other
def test_ctrl_c_at_any_step_of_the_end_is_raised_when_no_host_is_left():
    codes = {function.__code__ for function in (Pool.shutdown, Lifecycle.close, Lifecycle.abort_start)}
    steps = []

    def interrupt(frame, event, _):
        step = frame.f_code, frame.f_lineno, event
        if frame.f_code in codes and is_closing(pool) and step not in steps:
            steps.append(step)
            raise KeyboardInterrupt  # and Python traces no more
        return interrupt

    before = sys.gettrace()
    while True:
        pool = Pool(PROVIDERS / "various.py", shutdown_timeout=0).start()
        pid = pool.outcome("echo").pid
        future = pool.submit("sleep")
        known = len(steps)
        sys.settrace(interrupt)
        try:
            pool.shutdown()
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        assert not alive(pid)
        with pytest.raises(ShuttingDown):
            future.result(timeout=0)
        if len(steps) == known:
            break
    assert len(steps) > 5


def test_a_handler_may_shut_down_a_pool_that_drains(on_signal):
    on_signal(lambda *_: pool.shutdown(0))
    with Pool(PROVIDERS / "various.py", shutdown_timeout=3600) as pool:
        future = pool.submit("sleep")
        signal_when(lambda: is_closing(pool))
    with pytest.raises(ShuttingDown):
        future.result(timeout=0)


INTERRUPTS = """
import os, signal, time
def hold(seconds):
    os.kill(os.getppid(), signal.SIGALRM)
    time.sleep(seconds)
    return "held"
def echo(value): return value
"""


def test_a_handler_may_shut_down_a_pool_in_the_middle_of_a_call(on_signal, tmp_path):
    script = tmp_path / "interrupts.py"
    script.write_text(INTERRUPTS)
    with Pool(script) as pool:
        on_signal(lambda *_: pool.shutdown(0))
        with pytest.raises(ShuttingDown):
            pool.call("hold", 3600)


@pytest.mark.parametrize(
    "call",
    [lambda pool: pool.call("echo", 1), lambda pool: pool.submit("echo", 1).result()],
    ids=["call", "submit"],
)
def test_a_handler_may_call_in_the_middle_of_a_call(on_signal, tmp_path, call):
    script = tmp_path / "interrupts.py"
    script.write_text(INTERRUPTS)
    with Pool(script) as pool:
        responses = []
        on_signal(lambda *_: responses.append(call(pool)))
        assert pool.call("hold", 0.3) == "held"
        assert responses == [1]


def test_a_handler_may_shut_down_a_pool_that_starts(on_signal, tmp_path):
    script = tmp_path / "slow.py"
    script.write_text("import os, signal, time\nos.kill(os.getppid(), signal.SIGALRM)\ntime.sleep(3600)\n")
    pool = Pool(script)
    on_signal(lambda *_: pool.shutdown(0))
    with pytest.raises(ShuttingDown, match="shut down while it started"):
        pool.start()


def test_a_handler_that_asks_a_pool_which_starts_is_refused(on_signal, tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(
        "import os, signal, time\n"
        "os.kill(os.getppid(), signal.SIGALRM)\n"
        "time.sleep(0.2)\n"
        "def call_api(p, o, c): return {'output': p}\n"
    )
    pool = Pool(script)
    refusals = []

    def ask(*_):
        with pytest.raises(RuntimeError, match="has not started yet") as refused:
            pool.stats()
        refusals.append(refused)

    on_signal(ask)
    with pool:
        assert refusals and pool.call_api("x") == {"output": "x"}


def test_ctrl_c_ends_a_submission_that_waits_for_space(on_signal, gate):
    with Pool(PROVIDERS / "various.py", max_queue=1, queue_wait=3600) as pool:
        running = pool.submit("wait_at", gate.path)
        while not running.running():
            os.sched_yield()
        queued = pool.submit("echo", 1)
        on_signal(signal.default_int_handler)
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            pool.submit("echo", 2)
        gate.open()
        assert queued.result() == [1]


@pytest.fixture
def slow_first(tmp_path):
    """A script whose first import never ends."""
    script = tmp_path / "slow_first.py"
    script.write_text(
        "import os, time\n"
        f"first = not os.path.exists({str(tmp_path / 'tried')!r})\n"
        f"open({str(tmp_path / 'tried')!r}, 'w').close()\n"
        "print('starting', flush=True)\n"
        "if first:\n"
        "    time.sleep(3600)\n"
        "def echo(*args):\n"
        "    return args\n"
    )
    return script


def test_what_stops_one_caller_who_starts_a_pool_does_not_stop_another(on_signal, slow_first):
    class Stop(Exception):
        pass

    def stop(*_):
        raise Stop

    results = []
    pool = Pool(slow_first, log=lambda *_: other.start() if not results and not other.ident else None)
    other = threading.Thread(target=lambda: results.append(pool.call("echo", 1)))
    on_signal(stop)
    signal_when(lambda: other.ident)
    with pytest.raises(Stop):
        pool.start()
    other.join()
    assert results == [[1]]
    pool.shutdown()


def test_a_task_that_is_cancelled_while_it_enters_a_pool_leaves_others_their_start(slow_first):
    begun = threading.Event()
    pool = Pool(slow_first, log=lambda *_: begun.set())

    async def main():
        entering = asyncio.create_task(pool.__aenter__())
        await asyncio.get_running_loop().run_in_executor(None, begun.wait)
        call = asyncio.create_task(pool.acall("echo", 1))
        await asyncio.sleep(0)
        entering.cancel()
        return await call

    assert asyncio.run(main()) == [1]
    pool.shutdown()


def test_ctrl_c_at_the_very_beginning_of_a_start_leaves_a_pool_that_can_start():
    def interrupt(frame, *_):
        if frame.f_code.co_name == "_run":
            raise KeyboardInterrupt

    pool = Pool(PROVIDERS / "various.py")
    before = sys.gettrace()
    sys.settrace(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            pool.start()
    finally:
        sys.settrace(before)
    assert pool.call("echo", 1) == [1]
    pool.shutdown()


def test_a_handler_may_shut_down_a_pool_whose_host_has_the_interrupted_call(on_signal):
    pool = Pool(PROVIDERS / "various.py").start()
    pid = pool.outcome("echo").pid
    on_signal(lambda *_: pool.shutdown(0))
    signal_when(lambda: pool.stats()["hosts"][0]["in_flight"])
    with pytest.raises(ShuttingDown):
        pool.call("sleep")
    pool.shutdown()
    wait_until_gone(pid)


def test_a_handler_that_raises_while_a_loop_gets_its_results_costs_it_none(on_signal):
    def stop(*_):
        raise InterruptedError

    class Interrupted(asyncio.Future):
        was = False

        def done(self):
            if not Interrupted.was:
                Interrupted.was = True
                signal.raise_signal(signal.SIGALRM)
            return super().done()

    on_signal(stop)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)
    queue = completion_queues[loop]
    futures = [loop.create_future(), Interrupted(loop=loop), loop.create_future()]
    for number, future in enumerate(futures):
        queue.put(future, number, None)
    try:
        assert loop.run_until_complete(asyncio.wait_for(asyncio.gather(*futures), timeout=30)) == [0, 1, 2]
        assert Interrupted.was
    finally:
        loop.close()


@pytest.mark.timeout(300)  # many pools, one after the other
def test_a_signal_handler_may_shut_the_pool_down_amid_a_delivery(on_signal):
    """It waits for results that come meanwhile; the interrupted delivery gives them to the loop."""
    code = LoopCalls._settle.__code__
    steps = []

    def is_in_delivery(frame):
        return frame is not None and (frame.f_code is code or is_in_delivery(frame.f_back))

    async def shut_down_at_a_new_step():
        is_new = True

        def trace(frame, event, argument):
            nonlocal is_new
            if not is_in_delivery(frame):
                return None
            step = frame.f_code, frame.f_lineno
            if event == "line" and is_new and step not in steps:
                is_new = False
                steps.append(step)
                signal.raise_signal(signal.SIGALRM)
            return trace

        async with Pool(PROVIDERS / "various.py", workers=2) as pool:
            on_signal(lambda number, frame: pool.shutdown(0))
            calls = [asyncio.ensure_future(pool.acall(*call)) for call in [("sleep",), ("echo", 1)]]
            sys.settrace(trace)
            try:
                await asyncio.wait_for(calls[1], timeout=30)
            finally:
                sys.settrace(None)
            if not is_new:
                with pytest.raises(ShuttingDown):
                    await asyncio.wait_for(calls[0], timeout=30)
            calls[0].cancel()
        return not is_new

    while asyncio.run(shut_down_at_a_new_step()):
        pass
    assert len(steps) > 3
