"""Calls that were submitted."""

import asyncio
import concurrent.futures
import os

import pytest
from package_under_test import PROVIDERS
from provider_host import Pool, PythonException


def test_a_result_and_an_error_are_those_of_a_future(pool):
    assert pool.submit("echo", 1).result() == [1]
    assert isinstance(pool.submit("raises", "x").exception(), PythonException)


def test_the_functions_of_concurrent_futures_take_it():
    with Pool(PROVIDERS / "various.py", workers=2) as pool:
        futures = [pool.submit("echo", number) for number in range(20)]
        assert {f.result()[0] for f in concurrent.futures.as_completed(futures)} == set(range(20))
        done, pending = concurrent.futures.wait([pool.submit("echo"), pool.submit("echo")])
        assert len(done) == 2 and not pending


def test_a_running_call_can_be_cancelled(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with Pool(PROVIDERS / "various.py") as pool:
        future = pool.submit("announce_and_sleep", str(pipe))
        pipe.read_text()
        assert future.cancel() and future.cancelled() and future.done()
        with pytest.raises(concurrent.futures.CancelledError):
            future.result()
        assert pool.call("echo", 1) == [1]
        assert pool.stats()["errors_by_kind"] == {"cancelled": 1}


def test_a_settled_call_cannot_be_cancelled(pool):
    future = pool.submit("echo", 1)
    assert future.result() == [1]
    assert not future.cancel() and not future.cancelled()


def test_callbacks_run_and_may_call_the_pool(pool):
    second = concurrent.futures.Future()

    def then(future):
        pool.submit("echo", *future.result(), 2).add_done_callback(lambda last: second.set_result(last.result()))

    pool.submit("echo", 1).add_done_callback(then)
    assert second.result() == [1, 2]


def test_it_can_be_awaited_through_wrap_future(pool):
    async def main():
        return await asyncio.wrap_future(pool.submit("echo", 1))

    assert asyncio.run(main()) == [1]


def test_a_pool_may_be_shut_down_from_a_callback():
    pool = Pool(PROVIDERS / "various.py").start()
    ended = concurrent.futures.Future()

    def end(_):
        pool.shutdown(0)
        ended.set_result(True)

    pool.submit("echo").add_done_callback(end)
    assert ended.result()
    pool.shutdown()
