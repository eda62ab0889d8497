"""Items of generators, as they come, for event loops."""

import asyncio
import gc
import os
import signal
import threading
import weakref

import pytest
from package_under_test import PROVIDERS, growing_limits, wait_until_collected, wait_until_gone
from provider_host import AsyncStream, ImportFailed, Pool, PythonException, ShuttingDown, Timeout

SCRIPT = PROVIDERS / "streams.py"


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    def add_reader(self, *_):
        raise NotImplementedError


@pytest.fixture(params=[asyncio.SelectorEventLoop, LoopWithoutReaders])
def run(request):
    """Runs a coroutine that gets a pool, on a loop that watches descriptors and on one that does not."""

    def run(function, **options):
        async def main():
            async with Pool(SCRIPT, **options) as pool:
                return await function(pool)

        loop = request.param()
        try:
            return loop.run_until_complete(main())
        finally:
            loop.close()

    return run


@pytest.fixture
def notes(tmp_path):
    """A file, and what a script has noted there."""
    path = tmp_path / "notes"
    return str(path), lambda: path.read_text().split() if path.exists() else []


async def until(condition):
    while not condition():
        await asyncio.sleep(0.002)


def test_items_and_the_result(run):
    async def read(pool):
        stream = pool.astream("Hi you", {"a": 1})
        assert isinstance(stream, AsyncStream) and stream.result is None
        items = [item async for item in stream]
        assert [item async for item in stream] == []
        return items, stream.result["options"]

    assert run(read) == ([{"output": "Hi"}, {"output": "you"}], {"a": 1})


@pytest.mark.parametrize("function", ["numbers", "anumbers"])
@pytest.mark.parametrize("count", [0, 1, 3000])
def test_generators_of_both_kinds_give_all_items_in_order(run, function, count):
    async def read(pool):
        return [item async for item in pool.astream(function=function, args=[count])]

    assert run(read) == list(range(count))


def test_items_of_every_kind_and_functions_that_do_not_stream(run):
    items = [None, True, 2**70, "Grüezi", [], {"a": [None]}, "x" * 300_000]

    async def read(pool):
        assert [item async for item in pool.astream(function="plain", args=[1, 2])] == [[1, 2]]
        return [item async for item in pool.astream(items, api="none", function="values")]

    assert run(read) == items


def test_failures_come_once_behind_the_items(run):
    async def read(pool):
        assert await items_before(PythonException, pool.astream(function="breaks_after", args=[2])) == [0, 1]
        for limit in growing_limits(0.3):
            items = await items_before(Timeout, pool.astream(function="hangs", args=[], item_timeout=limit))
            if items:
                break
        assert items == ["first"]

    async def items_before(kind, stream):
        items = []
        with pytest.raises(kind):
            async for item in stream:
                items.append(item)
        assert [item async for item in stream] == []
        return items

    run(read)


def test_the_loop_goes_on_while_an_item_is_waited_for(run, gate):
    async def read(pool):
        stream = pool.astream(function="wait_at", args=[gate.path])
        assert await stream.__anext__() == "before"
        following = asyncio.ensure_future(stream.__anext__())
        await asyncio.get_running_loop().run_in_executor(None, gate.open)
        return await following

    assert run(read) == "behind"


def test_other_tasks_have_their_turn_while_items_flow(run):
    async def read(pool):
        turns = 0

        async def count():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with pool.astream(function="numbers", args=[200]) as stream:
            assert await stream.__anext__() == 0
            await until(lambda: pool.stats()["hosts"][0]["in_flight"] == 0)
            other = asyncio.ensure_future(count())
            assert [item async for item in stream] == list(range(1, 200))
            other.cancel()
        return turns

    assert run(read) >= 2


def test_many_streams_at_once_belong_to_their_readers(run):
    async def read(pool):
        async def items(number):
            args = [[f"{number}/{n}" for n in range(300)]]
            return [item async for item in pool.astream(function="values", args=args)]

        return await asyncio.gather(*(items(number) for number in range(40)))

    everything = run(read, workers=2, concurrency=8)
    assert everything == [[f"{number}/{n}" for n in range(300)] for number in range(40)]


def test_streams_and_calls_share_a_loop(run):
    async def read(pool):
        async def total():
            return sum([item async for item in pool.astream(function="anumbers", args=[100])])

        return await asyncio.gather(*((total() if n % 2 else pool.acall("plain", n)) for n in range(50)))

    assert run(read, concurrency=4) == [4950 if n % 2 else [n] for n in range(50)]


async def check_host_was_kept(pool, pid):
    """The host takes the next call, and is the same."""
    assert await pool.acall("pid") == pid
    assert pool.stats()["restarts"] == 0


@pytest.mark.parametrize("function", ["counted", "acounted"])
@pytest.mark.parametrize("leave", ["aclose", "with", "del"])
def test_a_stream_that_is_left_closes_its_generator(run, notes, function, leave):
    path, noted = notes

    async def read(pool):
        pid = await pool.acall("pid")
        stream = pool.astream(function=function, args=[path, 10_000])
        assert await stream.__anext__() == 0
        if leave == "aclose":
            await stream.aclose()
            await stream.aclose()
        elif leave == "with":
            async with stream:
                assert await stream.__anext__() == 1
        if leave == "del":
            del stream
            gc.collect()
        else:
            assert [item async for item in stream] == [] and stream.result is None
        await check_host_was_kept(pool, pid)

    run(read, interrupt_grace=60)
    assert noted()[-1] == "end" and len(noted()) < 1000


@pytest.mark.parametrize("function", ["wait_at", "await_at"])
@pytest.mark.parametrize("leave", ["cancel", "wait_for", "close coroutine"])
def test_a_reader_that_is_cancelled_closes_the_generator(run, notes, gate, function, leave):
    path, noted = notes

    async def read(pool):
        pid = await pool.acall("pid")
        stream = pool.astream(function=function, args=[gate.path, path])
        assert await stream.__anext__() == "before"
        await until(lambda: noted() == ["waits"])
        if leave == "cancel":
            waiting = asyncio.ensure_future(stream.__anext__())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        elif leave == "wait_for":
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(stream.__anext__(), 0.05)
        else:
            waiting = stream.__anext__()
            waiting.send(None)
            waiting.close()
        assert [item async for item in stream] == [] and stream.result is None
        await asyncio.get_running_loop().run_in_executor(None, gate.open)
        await check_host_was_kept(pool, pid)

    run(read, interrupt_grace=60)
    assert noted() == ["waits", "end"]


def test_closing_ends_the_wait_of_another_task(run):
    async def read(pool):
        stream = pool.astream(function="hangs", args=[])
        assert await stream.__anext__() == "first"
        waiting = asyncio.ensure_future(stream.__anext__())
        await asyncio.sleep(0)
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await waiting

    run(read)


def test_a_stream_that_is_closed_before_its_begin_makes_no_call(run, notes):
    path, noted = notes

    async def read(pool):
        stream = pool.astream(function="counted", args=[path, 3])
        await stream.aclose()
        assert [item async for item in stream] == []
        async with stream:
            pass
        assert await pool.acall("plain") == []

    run(read)
    assert noted() == []


def test_one_task_reads_at_a_time(run):
    async def read(pool):
        async with pool.astream(function="hangs", args=[]) as stream:
            assert await stream.__anext__() == "first"
            waiting = asyncio.ensure_future(stream.__anext__())
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="being read already"):
                await stream.__anext__()
        with pytest.raises(StopAsyncIteration):
            await waiting

    run(read)


def test_a_slow_reader_bounds_how_far_the_script_runs_ahead(run, notes):
    path, noted = notes

    async def read(pool):
        async with pool.astream(function="acounted", args=[path, 10_000]) as stream:
            for number in range(10):
                assert await stream.__anext__() == number
            await until(lambda: len(noted()) >= 128)
            await pool.acall("plain")
            assert len(noted()) <= 10 + 256 + 1

    run(read, concurrency=2)


def test_the_end_of_the_pool_ends_its_streams(run):
    async def read(pool):
        stream = pool.astream(function="hangs", args=[])
        assert await stream.__anext__() == "first"
        waiting = asyncio.ensure_future(stream.__anext__())
        await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(None, pool.shutdown, 0)
        with pytest.raises(ShuttingDown):
            await waiting
        with pytest.raises(ShuttingDown):
            await pool.astream("a").__anext__()

    run(read)


def test_a_stream_starts_its_pool():
    async def read():
        stream = Pool(SCRIPT).astream("a b")
        return [item["output"] async for item in stream]

    assert asyncio.run(read()) == ["a", "b"]


def test_a_start_that_fails_is_raised(tmp_path):
    async def read():
        with pytest.raises(ImportFailed):
            await Pool(tmp_path / "nothing.py").astream("a").__anext__()

    asyncio.run(read())


def test_wrong_arguments_are_refused_at_once():
    with pytest.raises(TypeError, match="needs a prompt, or args"):
        Pool(SCRIPT).astream()


def test_a_pool_serves_several_loops_in_several_threads():
    results = {}

    def work(pool, number):
        async def read():
            return [item async for item in pool.astream(function="anumbers", args=[500])]

        results[number] = asyncio.run(read())

    with Pool(SCRIPT, concurrency=4) as pool:
        threads = [threading.Thread(target=work, args=(pool, number)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == {number: list(range(500)) for number in range(4)}


def test_a_stream_belongs_to_the_loop_in_which_it_was_begun():
    async def first_of(stream):
        return await stream.__anext__()

    with Pool(SCRIPT) as pool:
        stream = pool.astream(function="hangs", args=[])
        assert asyncio.run(first_of(stream)) == "first"  # and closes that loop
        with pytest.raises(RuntimeError, match="belongs to another event loop"):
            asyncio.run(first_of(stream))
        asyncio.run(stream.aclose())
        assert pool.call("plain", 1, timeout=30) == [1]


@pytest.mark.filterwarnings("ignore:unclosed event loop")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("is_closed", [True, False])
@pytest.mark.parametrize("kind", [asyncio.SelectorEventLoop, LoopWithoutReaders])
def test_a_loop_that_is_dropped_with_streams_is_collected_and_closes_them(is_closed, kind):
    async def begin(pool):
        async def read():
            async for _ in pool.astream(function="hangs", args=[]):
                pass

        tasks = [asyncio.ensure_future(read()) for _ in range(3)]
        await asyncio.sleep(0.01)
        return tasks

    with Pool(SCRIPT, concurrency=2) as pool:
        loop = kind()
        loop.set_exception_handler(lambda *_: None)
        tasks = loop.run_until_complete(begin(pool))
        gone = weakref.ref(loop)
        if is_closed:
            loop.close()
        del loop, tasks
        wait_until_collected(gone)
        assert pool.call("plain", 1, timeout=50) == [1]


def test_items_that_come_when_their_loop_is_closed_harm_nothing(gate):
    for kind in (asyncio.SelectorEventLoop, LoopWithoutReaders):
        with Pool(SCRIPT, concurrency=2) as pool:
            stream = pool.astream(function="wait_at", args=[gate.path])
            loop = kind()
            assert loop.run_until_complete(stream.__anext__()) == "before"
            waiting = stream.__anext__()
            task = loop.create_task(waiting)
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()
            gate.open()
            assert pool.call("plain", 1) == [1]
            task._log_destroy_pending = False


def test_a_stream_whose_reader_waits_in_a_closed_loop_can_be_closed():
    with Pool(SCRIPT) as pool:
        stream = pool.astream(function="hangs", args=[])
        loop = asyncio.SelectorEventLoop()
        assert loop.run_until_complete(stream.__anext__()) == "first"
        task = loop.create_task(stream.__anext__())
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        asyncio.run(stream.aclose())
        assert pool.call("plain", 1, timeout=30) == [1]
        task._log_destroy_pending = False


def test_a_pool_that_is_dropped_with_its_stream_ends_while_the_loop_goes_on():
    async def main():
        pool = Pool(SCRIPT)
        pid = await pool.acall("pid")
        stream = pool.astream(function="hangs", args=[])
        assert await stream.__anext__() == "first"
        del pool, stream
        gc.collect()
        wait_until_gone(pid)

    asyncio.run(main())


def test_a_handler_that_raises_while_streams_wake_costs_none_of_them():
    class Loop(asyncio.SelectorEventLoop):
        wakes = 0

        def call_soon(self, callback, *args, **options):
            handle = super().call_soon(callback, *args, **options)
            if getattr(callback, "__name__", "") in ("__wakeup", "task_wakeup") or "akeup" in repr(callback):
                Loop.wakes += 1
                if Loop.wakes % 3 == 0:
                    raise LookupError("raised by a signal handler")
            return handle

    async def main():
        async with Pool(SCRIPT, concurrency=8) as pool:

            async def read():
                return [item async for item in pool.astream(function="anumbers", args=[30])]

            return await asyncio.gather(*(read() for _ in range(16)))

    loop = Loop()
    loop.set_exception_handler(lambda *_: None)
    try:
        assert loop.run_until_complete(asyncio.wait_for(main(), timeout=50)) == [list(range(30))] * 16
    finally:
        loop.close()
    assert Loop.wakes > 3


def test_ctrl_c_ends_the_program_that_reads():
    async def main():
        async with Pool(SCRIPT) as pool:
            async for item in pool.astream(function="interrupts_parent", args=[]):
                assert item == "first"

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(main())
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_forked_child_is_refused():
    async def main():
        async with Pool(SCRIPT) as pool:
            stream = pool.astream(function="numbers", args=[1000])
            assert await stream.__anext__() == 0
            child = os.fork()
            if child == 0:
                try:
                    stream.__anext__().send(None)
                except RuntimeError:
                    os._exit(7)
                finally:
                    os._exit(1)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            return status, [item async for item in stream]

    assert asyncio.run(main()) == (7, list(range(1, 1000)))
