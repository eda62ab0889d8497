"""Code of the user's that the pool runs: callbacks of futures, and log functions."""

import asyncio
import concurrent.futures
import logging
import os
import threading

import pytest
from package_under_test import PROVIDERS
from provider_host import ImportFailed, Pool


@pytest.fixture
def release():
    """What blocking callbacks wait for; it comes at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def pool_with_a_blocked_callback(pool, gate, release):
    entered = threading.Event()
    pool.submit("wait_at", gate.path).add_done_callback(lambda _: (entered.set(), release.wait()))
    gate.open()  # not before: the callback of a call that has settled would run here
    entered.wait()
    yield pool
    release.set()


def test_a_slow_one_delays_no_future(pool_with_a_blocked_callback):
    assert pool_with_a_blocked_callback.submit("echo", 1).result(timeout=30) == [1]
    done, _ = concurrent.futures.wait([pool_with_a_blocked_callback.submit("echo")], timeout=30)
    assert done


def test_a_slow_one_delays_nothing_that_is_awaited(pool_with_a_blocked_callback):
    async def main():
        assert await pool_with_a_blocked_callback.acall("echo", 1) == [1]
        return await asyncio.wrap_future(pool_with_a_blocked_callback.submit("echo", 2))

    assert asyncio.run(asyncio.wait_for(main(), timeout=30)) == [2]


def test_one_may_wait_for_another_call(pool):
    said = concurrent.futures.Future()

    def ask_on(future):
        said.set_result(pool.submit("echo", *future.result(), pool.call("echo", 2)).result())

    pool.submit("echo", 1).add_done_callback(ask_on)
    assert said.result(timeout=30) == [1, [2]]


def test_they_run_in_the_order_of_settling_on_a_thread_of_their_own(gate):
    seen = []
    with Pool(PROVIDERS / "various.py") as pool:
        pool.submit("wait_at", gate.path)  # so that none has settled before its callback is added
        for number in range(20):
            future = pool.submit("echo", number)
            future.add_done_callback(lambda f: seen.append((f.result()[0], threading.current_thread().name)))
        gate.open()
    assert seen == [(number, "provider-host callbacks") for number in range(20)]


def test_leaving_the_block_waits_for_them(gate):
    seen = []
    with Pool(PROVIDERS / "various.py") as pool:
        pool.submit("wait_at", gate.path, "done").add_done_callback(lambda f: seen.append(f.result()))
        gate.open()
    assert seen == ["done"]


def test_one_that_is_added_to_a_settled_future_runs_at_once(pool):
    future = pool.submit("echo", 1)
    future.result()
    seen = []
    future.add_done_callback(lambda f: seen.append(threading.current_thread()))
    assert seen == [threading.current_thread()]


@pytest.mark.parametrize("odd", [ValueError, SystemExit, KeyboardInterrupt])
def test_one_that_raises_is_logged_and_harms_nothing(pool, gate, caplog, odd):
    def fail(_):
        raise odd("no callback")

    with caplog.at_level(logging.ERROR, logger="concurrent.futures"):
        last = concurrent.futures.Future()
        first = pool.submit("wait_at", gate.path)
        first.add_done_callback(fail)
        first.add_done_callback(lambda _: last.set_result(True))
        gate.open()  # not before: the callback of a call that has settled would run here
        assert last.result(timeout=30)
    assert pool.call("echo", 1) == [1]
    assert "exception calling callback" in caplog.text and "no callback" in caplog.text


def test_two_pools_may_shut_each_other_down_in_callbacks(tmp_path):
    pools = [Pool(PROVIDERS / "various.py").start() for _ in range(2)]
    both_in = threading.Barrier(2)
    ended = [concurrent.futures.Future() for _ in pools]

    def end(other, done):
        both_in.wait()
        other.shutdown(0)
        done.set_result(True)

    gates = [str(tmp_path / name) for name in ("first", "second")]
    for pool, other, done, gate in zip(pools, pools[::-1], ended, gates):
        os.mkfifo(gate)
        pool.submit("wait_at", gate).add_done_callback(lambda _, other=other, done=done: end(other, done))
    for gate in gates:
        with open(gate, "w"):
            pass
    assert all(done.result(timeout=30) for done in ended)


def test_no_thread_is_there_for_callbacks_until_one_is_due(pool):
    before = threading.enumerate()  # one of an earlier pool may be about to end
    assert pool.submit("echo", 1).result() == [1]
    assert "provider-host callbacks" not in {thread.name for thread in threading.enumerate() if thread not in before}


def test_a_log_function_that_waits_delays_no_call(release):
    with Pool(PROVIDERS / "various.py", log=lambda *_: release.wait()) as pool:
        pool.call("say", "hello")
        assert pool.call("echo", 1) == [1]
        assert pool.submit("echo", 2).result(timeout=30) == [2]
        release.set()


def test_a_log_function_may_use_the_pool():
    said = concurrent.futures.Future()

    def log(level, host, source, text):
        if text == "hello" and source == "stdout":
            said.set_result((pool.call("echo", 1), pool.submit("echo", 2).result(), pool.stats()["submitted"] >= 1))

    with Pool(PROVIDERS / "various.py", log=log) as pool:
        pool.call("say", "hello")
        assert said.result(timeout=30) == ([1], [2], True)


def test_a_log_function_may_shut_the_pool_down():
    ended = threading.Event()

    def log(level, host, source, text):
        if text == "hello":
            pool.shutdown(0)
            ended.set()

    pool = Pool(PROVIDERS / "various.py", log=log).start()
    pool.outcome("say", "hello")
    assert ended.wait(timeout=30)
    pool.shutdown()


def test_a_log_function_that_asks_a_pool_whose_start_fails_is_refused(tmp_path):
    script = tmp_path / "broken.py"
    script.write_text("print('on my way')\nraise RuntimeError('no model here')\n")
    refusals = []

    def log(*_):
        try:
            pool.stats()
        except RuntimeError as error:
            refusals.append(str(error))

    pool = Pool(script, log=log)
    with pytest.raises(ImportFailed, match="no model here"):
        pool.start()
    assert refusals and "has not started yet" in refusals[0]


def test_a_child_that_comes_back_from_the_callback_that_forked_it_ends(pool, gate):
    children = []
    called = threading.Event()

    def fork(_):
        child = os.fork()
        if child:
            children.append(child)
            called.set()

    pool.submit("wait_at", gate.path).add_done_callback(fork)
    gate.open()
    called.wait()
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0
    assert pool.call("echo", 1) == [1]
