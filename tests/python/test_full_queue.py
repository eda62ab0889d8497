"""Calls for which a queue has no space."""

import asyncio
import os

import pytest
from package_under_test import PROVIDERS
from provider_host import Pool, QueueFull


@pytest.fixture
def full(gate):
    """A pool with a full queue; its host waits at the gate."""
    with Pool(PROVIDERS / "various.py", max_queue=1) as pool:
        running = pool.submit("wait_at", gate.path)
        while not running.running():
            os.sched_yield()
        pool.submit("echo")
        yield pool
        if not gate.was_open:
            gate.open()


def test_a_call_that_is_awaited_waits_for_space_without_the_loop(full, gate):
    async def main():
        calls = [asyncio.ensure_future(full.acall("echo", number, queue_wait=3600)) for number in range(10)]
        await asyncio.get_running_loop().run_in_executor(None, gate.open)
        return await asyncio.gather(*calls)

    assert asyncio.run(main()) == [[number] for number in range(10)]


def test_the_wait_of_a_call_that_is_awaited_has_an_end(full):
    async def main():
        long_wait = asyncio.ensure_future(full.acall("echo", queue_wait=3600))
        with pytest.raises(QueueFull) as caught:
            await full.acall("echo", queue_wait=0.01)
        long_wait.cancel()
        with pytest.raises(asyncio.CancelledError):
            await long_wait
        return caught.value.limit

    assert asyncio.run(main()) == 1
    while full.stats()["queued"] > 1:
        os.sched_yield()


def test_a_call_that_may_not_wait_is_refused_at_once(full):
    async def main():
        with pytest.raises(QueueFull):
            await full.acall("echo")

    asyncio.run(main())


def test_a_call_that_is_behind_the_bound_is_drained_too(gate):
    async def main():
        async with Pool(PROVIDERS / "various.py", max_queue=1, queue_wait=3600, shutdown_timeout=3600) as pool:
            await pool.acall("echo")
            calls = [asyncio.ensure_future(pool.acall("wait_at", gate.path))]
            calls += [asyncio.ensure_future(pool.acall("echo", number)) for number in range(5)]
            await asyncio.get_running_loop().run_in_executor(None, gate.open)
        return await asyncio.gather(*calls)

    assert asyncio.run(main()) == [None, *([number] for number in range(5))]
