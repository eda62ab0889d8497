"""Pools that have been shut down, and those that are being."""

import asyncio
import concurrent.futures
import threading

import pytest
from package_under_test import PROVIDERS
from provider_host import ConfigError, Pool, ShuttingDown


@pytest.fixture
def closed():
    """A pool that has been shut down after a call."""
    with Pool(PROVIDERS / "various.py") as pool:
        pool.call("echo")
    return pool


def test_every_kind_of_call_is_refused(closed):
    with pytest.raises(ShuttingDown):
        closed.call("echo")
    with pytest.raises(ShuttingDown):
        closed.submit("echo").result(timeout=30)
    with pytest.raises(ShuttingDown):
        next(closed.map(["a"]))

    async def awaited(call):
        return await asyncio.wait_for(call, timeout=30)

    for call in (closed.acall("echo"), closed.acall_api("a"), closed.amap(["a"]).__anext__()):
        with pytest.raises(ShuttingDown):
            asyncio.run(awaited(call))


@pytest.mark.parametrize("drain", ["soon", float("nan"), -1])
def test_a_drain_that_is_no_number_of_seconds_closes_nothing(pool, drain):
    with pytest.raises(ConfigError, match="drain"):
        pool.shutdown(drain)
    assert pool.call("echo", 1) == [1]


def test_results_that_are_taken_after_the_block_are_errors_and_do_not_hang():
    with Pool(PROVIDERS / "various.py") as pool:
        results = pool.map(["a", "b"])
    with pytest.raises(ShuttingDown):
        list(results)


def test_it_cannot_be_entered_again(closed):
    with pytest.raises(RuntimeError, match="has been shut down"):
        with closed:
            pass
    with pytest.raises(ShuttingDown):
        closed.start()

    async def enter():
        async with closed:
            pass

    with pytest.raises(ShuttingDown):
        asyncio.run(enter())


def test_a_pool_that_is_closed_before_its_start_refuses_the_same_way():
    pool = Pool(PROVIDERS / "various.py")
    pool.close()
    for use in (pool.start, lambda: pool.call("echo"), lambda: pool.submit("echo"), pool.stats):
        with pytest.raises(ShuttingDown, match="has been shut down"):
            use()


def test_its_counters_can_still_be_read(closed):
    assert closed.stats()["succeeded"] == 1


def test_futures_settle_when_other_threads_submit_during_the_end():
    for _ in range(3):
        futures = []
        pool = Pool(PROVIDERS / "various.py", workers=2).start()
        ready = threading.Barrier(4)

        def submit(pool=pool, futures=futures, ready=ready):
            ready.wait()
            for number in range(1000):
                futures.append(pool.submit("echo", number))

        threads = [threading.Thread(target=submit) for _ in range(3)]
        for thread in threads:
            thread.start()
        ready.wait()
        pool.shutdown(0)
        for thread in threads:
            thread.join()
        assert not concurrent.futures.wait(futures, timeout=30).not_done
        assert len(futures) == 3000
        assert {type(f.exception()) for f in futures} <= {type(None), ShuttingDown}


def test_a_start_is_aborted_when_another_thread_shuts_the_pool_down(tmp_path, gate):
    script = tmp_path / "slow.py"
    script.write_text(f"import time\nopen({gate.path!r}).close()\ntime.sleep(3600)\n")
    pool = Pool(script)
    with concurrent.futures.ThreadPoolExecutor() as threads:
        calls = [threads.submit(pool.call, "echo") for _ in range(3)]
        gate.open()  # it is being imported
        pool.shutdown()
        for call in calls:
            with pytest.raises(ShuttingDown, match="has been shut down"):
                call.result(timeout=30)


def test_leaving_an_async_block_can_be_aborted():
    async def main():
        pool = Pool(PROVIDERS / "various.py", shutdown_timeout=3600)

        async def leave():
            async with pool:
                return pool.submit("sleep")

        leaving = asyncio.ensure_future(leave())
        while "shut down" not in repr(pool):
            await asyncio.sleep(0.001)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert pool.stats()["hosts"][0]["state"] == "down"

    asyncio.run(main())


def test_entering_an_async_block_can_be_aborted(tmp_path, gate):
    script = tmp_path / "slow.py"
    script.write_text(f"import time\nopen({gate.path!r}).close()\ntime.sleep(3600)\n")

    async def main():
        entering = asyncio.ensure_future(Pool(script).__aenter__())
        await asyncio.get_running_loop().run_in_executor(None, gate.open)
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering

    asyncio.run(main())  # which waits for the thread that starts the pool


ENDS_WITH_A_CALL = """
import asyncio, atexit
@atexit.register
def use_the_stack(levels=200):
    return levels and sorted([b"\\xff" * 5000], key=lambda _: use_the_stack(levels - 1))
async def wait(path):
    open(path, "w").close()
    await asyncio.sleep(3600)
"""


def test_what_a_host_has_left_to_do_for_its_last_call_does_no_harm(tmp_path, gate):
    script = tmp_path / "async.py"
    script.write_text(ENDS_WITH_A_CALL)
    lines = []
    for _ in range(8):
        pool = Pool(script, concurrency=2, log=lambda *line: lines.append(line))
        future = pool.submit("wait", gate.path)
        with open(gate.path):  # the call has begun
            pool.shutdown(0)
        with pytest.raises(ShuttingDown):
            future.result(timeout=0)
    assert lines == []
