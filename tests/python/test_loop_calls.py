"""Calls of event loops are submitted together and their results come many at a time; nobody may notice but by the
clock."""

import asyncio
import gc
import os
import sys
import weakref

import provider_host
import pytest
from package_under_test import PROVIDERS, wait_until_collected, wait_until_gone
from provider_host import InvalidRequest, Pool, PythonException


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    def add_reader(self, *_):
        raise NotImplementedError


class InterruptedLoop(asyncio.SelectorEventLoop):
    """A signal handler raises while a call gets its future, once, and while results come, in every third call of
    `call_soon`."""

    is_making_calls = False
    results = 0

    def create_future(self):
        if self.is_making_calls:
            self.is_making_calls = False
            raise LookupError("raised by a signal handler")
        return super().create_future()

    def call_soon(self, *args, **options):
        handle = super().call_soon(*args, **options)
        if sys._getframe(1).f_code.co_name == "_settle":
            self.results += 1
            if self.results % 3 == 0:
                raise LookupError("raised by a signal handler")
        return handle


def test_a_loop_need_not_watch_descriptors():
    async def main():
        async with Pool(PROVIDERS / "various.py") as pool:
            with pytest.raises(PythonException, match="no good"):
                await pool.acall("raises", "no good")
            return await asyncio.gather(*(pool.acall("echo", number) for number in range(100)))

    loop = LoopWithoutReaders()
    try:
        assert loop.run_until_complete(main()) == [[number] for number in range(100)]
    finally:
        loop.close()


def test_calls_are_cancelled_before_they_are_submitted():
    async def main():
        async with Pool(PROVIDERS / "various.py") as pool:
            calls = [asyncio.ensure_future(pool.acall("echo", number)) for number in range(10)]
            await asyncio.sleep(0)
            for call in calls:
                call.cancel()
            ends = await asyncio.gather(*calls, return_exceptions=True)
            return ends, await pool.acall("echo", 1)

    ends, later = asyncio.run(main())
    assert [type(end) for end in ends] == [asyncio.CancelledError] * 10
    assert later == [1]


def test_a_signal_handler_that_raises_costs_no_other_call():
    async def main():
        async with Pool(PROVIDERS / "various.py") as pool:
            loop.is_making_calls = True
            calls = (pool.acall("echo", number) for number in range(100))
            return await asyncio.gather(*calls, return_exceptions=True)

    loop = InterruptedLoop()
    loop.set_exception_handler(lambda *_: None)
    try:
        ends = loop.run_until_complete(asyncio.wait_for(main(), timeout=60))
    finally:
        loop.close()
    assert loop.results >= 99
    assert [type(end) for end in ends if not isinstance(end, list)] == [LookupError]
    assert all(end == [number] for number, end in enumerate(ends) if isinstance(end, list))


def test_two_pools_share_a_loop():
    async def main():
        async with Pool(PROVIDERS / "various.py") as one, Pool(PROVIDERS / "various.py") as other:
            return await asyncio.gather(*((one, other)[number % 2].acall("echo", number) for number in range(200)))

    assert asyncio.run(main()) == [[number] for number in range(200)]


def test_errors_and_results_of_one_iteration_belong_to_their_calls():
    async def main():
        async with Pool(PROVIDERS / "various.py") as pool:
            functions = ["echo", "raises", "raises"] * 30
            calls = [pool.acall(function, number) for number, function in enumerate(functions)]
            calls.append(pool.acall("echo", object()))
            return await asyncio.gather(*calls, return_exceptions=True)

    *ends, unwritable = asyncio.run(main())
    assert isinstance(unwritable, InvalidRequest)
    for number, end in enumerate(ends):
        assert str(number) in str(end) if number % 3 else end == [number]


def test_a_pool_that_is_dropped_ends_while_its_loop_goes_on():
    async def main():
        pool = Pool(PROVIDERS / "various.py")
        pid = (await pool.acall_api("x"))["pid"]
        del pool
        gc.collect()
        wait_until_gone(pid)

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore:unclosed event loop")
@pytest.mark.parametrize("is_closed", [True, False])
def test_a_loop_that_is_dropped_with_calls_is_collected(is_closed):
    async def begin(pool):
        return [asyncio.ensure_future(pool.acall("sleep")) for _ in range(40)]

    with Pool(PROVIDERS / "various.py") as pool:
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)
        tasks = loop.run_until_complete(begin(pool))
        loop.run_until_complete(asyncio.sleep(0))
        gone = weakref.ref(loop)
        if is_closed:
            loop.close()
        del loop, tasks
        wait_until_collected(gone)
        assert pool.call("echo", 1, queue_wait=60) == [1]


def test_a_forked_child_is_refused():
    async def main():
        async with Pool(PROVIDERS / "various.py") as pool:
            await pool.acall("echo", 1)
            child = os.fork()
            if child == 0:
                try:
                    pool.acall("echo", 1).send(None)
                except RuntimeError:
                    os._exit(0)
                finally:
                    os._exit(1)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), await pool.acall("echo", 2)

    assert asyncio.run(main()) == (0, [2])


def test_a_task_that_is_cancelled_while_the_error_of_its_call_is_made_logs_nothing(monkeypatch):
    make_error = provider_host._errors.error_from_fields
    logged = []

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: logged.append(context))
        task = asyncio.current_task()

        def cancel_and_make(fields):  # as asyncio.run's handler of SIGINT does
            monkeypatch.undo()
            task.cancel()
            return make_error(fields)

        async with Pool(PROVIDERS / "various.py") as pool:
            await pool.acall("echo", 1)
            monkeypatch.setattr(provider_host._errors, "error_from_fields", cancel_and_make)
            with pytest.raises(asyncio.CancelledError):
                await pool.acall("raises", "no good")
            return await pool.acall("echo", 2)

    assert asyncio.run(main()) == [2]
    assert logged == []


def test_calls_that_cannot_be_submitted_are_all_refused_although_a_handler_raises():
    class Loop(asyncio.SelectorEventLoop):
        raises = False

        def call_soon(self, *args, **options):
            handle = super().call_soon(*args, **options)
            if self.raises:
                self.raises = False
                raise LookupError("raised by a signal handler")
            return handle

    async def main():
        async with Pool(PROVIDERS / "various.py") as pool:
            await pool.acall("echo", 1)
            calls = [pool.acall("echo", number) for number in range(10)]
            for call in calls:
                call.send(None).add_done_callback(lambda _: None)
            child = os.fork()
            if child == 0:  # which cannot submit them
                loop.raises = True
                for call in calls[-2::-1]:
                    try:
                        call.close()
                    except (LookupError, RuntimeError):
                        pass
                os._exit(7)
            status = os.waitpid(child, 0)[1]
            for call in calls:
                call.close()
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else status

    loop = Loop()
    try:
        assert loop.run_until_complete(main()) == 7
    finally:
        loop.close()
