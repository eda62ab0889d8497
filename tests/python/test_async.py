"""Calls for event loops."""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from package_under_test import PROVIDERS
from provider_host import HostCrashed, ImportFailed, Pool, PythonException, ShuttingDown, Timeout


def read_from(path):
    with open(path) as pipe:
        return pipe.read()


def test_results_and_errors_are_awaited():
    async def main():
        async with Pool(PROVIDERS / "various.py") as pool:
            assert (await pool.acall_api("Hello", {"a": 1}))["options"] == {"a": 1}
            assert (await pool.acall_embedding_api("four"))["embedding"][0] == 4.0
            assert (await pool.acall_classification_api("short"))["classification"] == {"short": 1.0}
            assert await pool.acall("Tools.add", 1, 2) == 3
            with pytest.raises(PythonException, match="no good"):
                await pool.acall("raises", "no good")
            with pytest.raises(HostCrashed):
                await pool.acall("die")
            with pytest.raises(Timeout):
                await pool.acall("sleep", timeout=0.1)
            return await pool.acall("echo", 1)

    assert asyncio.run(main()) == [1]


def test_many_calls_are_awaited_at_once_and_belong_to_their_callers():
    async def main():
        async with Pool(PROVIDERS / "various.py", workers=2, concurrency=8) as pool:
            return await asyncio.gather(*(pool.acall("echo", number) for number in range(500)))

    assert asyncio.run(main()) == [[number] for number in range(500)]


def test_the_loop_goes_on_while_a_call_runs(gate):
    async def main():
        async with Pool(PROVIDERS / "various.py") as pool:
            call = asyncio.ensure_future(pool.acall("wait_at", gate.path, "done"))
            await asyncio.get_running_loop().run_in_executor(None, gate.open)
            return await call

    assert asyncio.run(main()) == "done"


def test_the_loop_goes_on_while_hosts_start(tmp_path, gate):
    script = tmp_path / "slow.py"
    script.write_text(f"open({gate.path!r}).close()\ndef call_api(p, o, c): return {{'output': p}}\n")

    async def main():
        pool = Pool(script)
        starting = asyncio.ensure_future(pool.__aenter__())
        await asyncio.get_running_loop().run_in_executor(None, gate.open)
        async with await starting:
            return await pool.acall_api("x")

    assert asyncio.run(main()) == {"output": "x"}


def test_an_import_error_is_raised_on_entering():
    async def main():
        async with Pool(PROVIDERS / "broken.py"):
            pass

    with pytest.raises(ImportFailed, match="no model here"):
        asyncio.run(main())


def test_cancelling_the_task_cancels_the_call(tmp_path, one_host):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    async def main():
        async with Pool(one_host("various.py"), interrupt_grace=60) as pool:
            pid = (await pool.acall_api("x"))["pid"]
            call = asyncio.ensure_future(pool.acall("announce_and_sleep", str(pipe)))
            await asyncio.get_running_loop().run_in_executor(None, read_from, pipe)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            next_call = await pool.acall_api("y")  # does not wait for an hour
            return pid == next_call["pid"], pool.stats()["errors_by_kind"]

    host_was_kept, errors = asyncio.run(main())
    assert host_was_kept and errors == {"cancelled": 1}


def test_wait_for_works():
    async def main():
        async with Pool(PROVIDERS / "various.py") as pool:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(pool.acall("sleep"), 0.1)
            return await pool.acall("echo", 1)

    assert asyncio.run(main()) == [1]


def test_a_pool_serves_several_loops_in_several_threads():
    results = {}

    def work(pool, number):
        async def main():
            return await asyncio.gather(*(pool.acall("echo", number, i) for i in range(50)))

        results[number] = asyncio.run(main())

    with Pool(PROVIDERS / "various.py", concurrency=4) as pool:
        threads = [threading.Thread(target=work, args=(pool, number)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == {number: [[number, i] for i in range(50)] for number in range(4)}


def test_a_loop_that_is_closed_before_the_response_harms_nothing(gate):
    async def abandon(pool):
        asyncio.ensure_future(pool.acall("wait_at", gate.path))
        await asyncio.sleep(0)

    with Pool(PROVIDERS / "various.py") as pool:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(abandon(pool))
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.close()
        assert pool.call("echo", 1) == [1]


def test_amap_keeps_the_order_and_takes_prompts_as_results_are_taken():
    taken = []

    def prompts():
        for number in range(100):
            taken.append(number)
            yield f"prompt {number}"

    async def main():
        async with Pool(PROVIDERS / "various.py", concurrency=2) as pool:
            outputs = []
            async for result in pool.amap(prompts(), in_flight=4):
                outputs.append(result["output"])
                assert len(taken) <= len(outputs) + 4
            return outputs

    assert asyncio.run(main()) == [f"prompt {number}" for number in range(100)]


def test_amap_yields_errors_in_their_position_when_asked():
    async def main():
        async with Pool(PROVIDERS / "various.py") as pool:
            items = pool.amap(["a", "b"], api="none", function="raises", return_exceptions=True)
            return [str(error) async for error in items]

    first, second = asyncio.run(main())
    assert "a" in first and "b" in second


@pytest.fixture
def busy_threads():
    """Makes all threads of the running loop's executor wait until a function returns."""

    def occupy(function):
        threads = ThreadPoolExecutor(2)
        asyncio.get_running_loop().set_default_executor(threads)
        return [asyncio.get_running_loop().run_in_executor(threads, function) for _ in range(4)]

    return occupy


def test_a_pool_starts_while_the_threads_of_the_loop_wait_for_its_calls(busy_threads):
    async def main():
        pool = Pool(PROVIDERS / "various.py")
        loop = asyncio.get_running_loop()
        results = busy_threads(lambda: asyncio.run_coroutine_threadsafe(pool.acall("echo", 1), loop).result(timeout=30))
        async with pool:
            return await asyncio.gather(*results)

    assert asyncio.run(main()) == [[1]] * 4


def test_an_async_block_is_left_while_the_threads_of_the_loop_wait_for_calls(busy_threads):
    async def main():
        async with Pool(PROVIDERS / "various.py", shutdown_timeout=0) as pool:
            busy = busy_threads(lambda: pool.call("sleep", timeout=30))
            while not pool.stats()["hosts"][0]["in_flight"]:
                await asyncio.sleep(0.001)
        return await asyncio.gather(*busy, return_exceptions=True)

    assert [type(error) for error in asyncio.run(main())] == [ShuttingDown] * 4
