"""What is kept, for how long, and where it may be dropped."""

import asyncio
import gc
import os
import threading
import weakref

import pytest
from package_under_test import PROVIDERS, wait_until_collected, wait_until_gone
from provider_host import Pool


def test_a_loop_that_ends_before_its_responses_is_not_kept():
    loops = []

    async def main(pool):
        loops.append(weakref.ref(asyncio.get_running_loop()))
        calls = [asyncio.ensure_future(pool.acall("sleep", timeout=0.05)) for _ in range(20)]
        await asyncio.sleep(0)
        return len(calls)

    with Pool(PROVIDERS / "various.py") as pool:
        for _ in range(3):
            asyncio.run(main(pool))
    for loop in loops:
        wait_until_collected(loop)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_loop_that_is_closed_with_tasks_in_it_is_not_kept(gate):
    with Pool(PROVIDERS / "various.py") as pool:
        loop = asyncio.new_event_loop()
        task = loop.create_task(pool.acall("wait_at", gate.path))
        loop.run_until_complete(asyncio.sleep(0))
        task._log_destroy_pending = False
        loop.close()
        gone = weakref.ref(loop)
        del loop, task
        gate.open()
        assert pool.call("echo", 1) == [1]
    wait_until_collected(gone)


class Owner:
    """Has a pool that logs to it."""

    def __init__(self):
        self.lines = []
        self.pool = Pool(PROVIDERS / "various.py", log=self.log).start()

    def log(self, *line):
        self.lines.append(line)


def test_a_pool_that_logs_to_its_owner_is_collected_with_its_hosts():
    owner = Owner()
    owner.pool.call("say", "hello")
    pid = owner.pool.outcome("echo").pid
    gone = weakref.ref(owner)
    del owner
    wait_until_collected(gone)
    wait_until_gone(pid)


def test_a_pool_that_logs_to_its_owner_is_collected_after_its_end():
    owner = Owner()
    owner.pool.shutdown()
    gone = weakref.ref(owner)
    del owner
    wait_until_collected(gone)


def test_a_pool_lives_as_long_as_its_calls():
    assert Pool(PROVIDERS / "various.py").submit("echo", 1).result(timeout=30) == [1]
    assert asyncio.run(Pool(PROVIDERS / "various.py").acall("echo", 1)) == [1]
    assert [r["output"] for r in Pool(PROVIDERS / "various.py").map(["a", "b"])] == ["a", "b"]


def test_a_settled_future_keeps_no_pool():
    pool = Pool(PROVIDERS / "various.py")
    future = pool.submit("getpid_of_host")
    assert future.exception(timeout=30) is not None
    pid = pool.outcome("echo").pid
    del pool
    wait_until_gone(pid)
    assert future.done()


def test_the_last_reference_may_be_dropped_in_a_callback(gate):
    def use():
        pool = Pool(PROVIDERS / "various.py").start()
        pid = pool.outcome("echo").pid
        pool.submit("wait_at", gate.path).add_done_callback(lambda _, pool=pool: None)
        return pid

    pid = use()
    gate.open()
    wait_until_gone(pid)


def test_garbage_with_a_pool_in_it_may_be_collected_in_a_callback(gate):
    collected = threading.Event()

    def use():
        owner = Owner()
        owner.itself = owner
        owner.pool.submit("wait_at", gate.path).add_done_callback(lambda _: (gc.collect(), collected.set()))
        return owner.pool.stats()["hosts"][0]["pid"]

    pid = use()
    gate.open()
    assert collected.wait(timeout=30)
    gc.collect()
    wait_until_gone(pid)


def test_the_last_reference_may_be_dropped_in_the_log_function():
    kept = []

    def log(level, host, source, text):
        if text == "hello":
            kept.clear()

    kept.append(Pool(PROVIDERS / "various.py", log=log).start())
    pid = kept[0].outcome("echo").pid
    kept[0].submit("say", "hello")
    wait_until_gone(pid)


def test_a_future_says_whether_its_call_runs(pool, gate):
    running = pool.submit("wait_at", gate.path)
    queued = pool.submit("echo", 1)
    while not running.running():
        os.sched_yield()
    assert not queued.running() and not running.done()
    gate.open()
    assert queued.result() == [1]
    assert not running.running() and not queued.running()


def test_a_coroutine_that_is_closed_ends_its_call(pool, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    complaints = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: complaints.append(context))
        call = pool.acall("announce_and_sleep", str(pipe))
        call.send(None)
        await loop.run_in_executor(None, pipe.read_text)  # the host has it
        call.close()
        return await pool.acall("echo", 1)

    assert asyncio.run(main()) == [1]
    gc.collect()
    assert complaints == []
    assert pool.stats()["errors_by_kind"] == {"cancelled": 1}
