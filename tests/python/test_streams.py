"""Items of generators, as they come."""

import gc
import os
import signal
import subprocess
import sys
import threading

import pytest
from package_under_test import PACKAGE, PROVIDERS, growing_limits, wait_until, wait_until_gone
from provider_host import (
    FunctionNotFound,
    HostCrashed,
    InvalidRequest,
    InvalidResponse,
    Pool,
    PythonException,
    ShuttingDown,
    Stream,
    Timeout,
)

AHEAD = 65_536 // 256  # of small items


@pytest.fixture
def pool():
    with Pool(PROVIDERS / "streams.py") as started:
        yield started


@pytest.fixture
def notes(tmp_path):
    """A file, and what a script has noted there."""
    path = tmp_path / "notes"
    return str(path), lambda: path.read_text().split() if path.exists() else []


@pytest.fixture
def when_it_waits():
    """Has a function called by a signal handler while `next` waits for the stream; then does more in a thread."""
    before = signal.getsignal(signal.SIGALRM)
    threads = []

    def start(stream, function, then=lambda: None):
        done = threading.Event()

        def handle(*_):
            try:
                assert done.is_set() or stream._native.try_next(None) is None
            except RuntimeError as error:  # it is being read
                if done.is_set():
                    return  # a later signal has interrupted this handler, and has done it
                done.set()
                function(error)

        def send():
            while not done.wait(0.01):
                os.kill(os.getpid(), signal.SIGALRM)
            then()

        signal.signal(signal.SIGALRM, handle)
        threads.append(threading.Thread(target=send))
        threads[0].start()

    yield start
    for thread in threads:
        thread.join()
    signal.signal(signal.SIGALRM, before)


def check_host_was_kept(pool, pid):
    """The host takes the next call, and is the same."""
    assert pool.call("pid") == pid
    assert pool.stats()["restarts"] == 0


def test_items_are_values_and_the_result_is_what_was_returned(pool):
    stream = pool.stream("Hi you", {"a": 1}, {"vars": {}})
    assert isinstance(stream, Stream) and stream.result is None
    assert list(stream) == [{"output": "Hi"}, {"output": "you"}]
    assert stream.result == {"output": "Hi you", "options": {"a": 1}, "context": {"vars": {}}}
    assert list(stream) == [] and stream.result["output"] == "Hi you"


def test_the_result_is_the_value_of_stop_iteration_too(pool):
    def reads():
        return (yield from pool.stream("a"))

    reader = reads()
    assert next(reader) == {"output": "a"}
    with pytest.raises(StopIteration) as end:
        next(reader)
    assert end.value.value["output"] == "a"


@pytest.mark.parametrize("function", ["numbers", "anumbers"])
@pytest.mark.parametrize("count", [0, 1, 1000])
def test_generators_of_both_kinds_give_all_items_in_order(pool, function, count):
    stream = pool.stream(function=function, args=[count])
    assert list(stream) == list(range(count)) and stream.result is None


@pytest.mark.parametrize("function", ["values", "iterator"])
def test_items_are_of_every_kind(pool, function):
    items = [None, True, 2**70, 0.5, "Grüezi 👩‍👩‍👧", "", [], {"a": [None]}, "x" * 300_000]
    assert list(pool.stream(items, api="none", function=function)) == items


def test_a_function_that_does_not_stream_gives_its_result_as_the_only_item(pool):
    stream = pool.stream(function="plain", args=(1, "two"))
    assert list(stream) == [[1, "two"]] and stream.result == [1, "two"]


def test_arguments_are_those_of_the_api(pool):
    assert list(pool.stream("four", function="call_embedding_api")) == [0, 1, 2, 3]
    assert list(pool.stream("four", api="embedding")) == [0, 1, 2, 3]
    assert list(pool.stream(args=("a b", {}, {}))) == [{"output": "a"}, {"output": "b"}]
    stream = pool.stream("a", identity=True)
    assert list(stream) == [{"output": "a"}]
    assert stream.result["options"]["label"] == "streams.py" and stream.result["context"]["testIdx"] == 0


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({}, "needs a prompt, or args"),
        ({"prompt": "a", "args": []}, "needs a prompt, or args"),
        ({"args": "abc", "function": "plain"}, "args must be a list or tuple"),
        ({"args": [1], "function": "plain", "options": {}}, "options and context included"),
        ({"prompt": "a", "item_limit": 5}, "a call has no limit 'item_limit'"),
    ],
)
def test_wrong_arguments_are_refused(pool, arguments, said):
    with pytest.raises(TypeError, match=said):
        pool.stream(**arguments)


def test_a_wrong_limit_is_refused(pool):
    with pytest.raises(InvalidRequest, match="item_timeout must be a number of seconds from 0"):
        next(pool.stream("a", item_timeout=-1))
    with pytest.raises(ValueError, match="there is no api 'streams'"):
        pool.stream("a", api="streams")


def test_a_failure_is_raised_once_behind_the_items(pool):
    stream = pool.stream(function="breaks_after", args=[3])
    assert [next(stream) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(PythonException, match="no more") as raised:
        next(stream)
    assert raised.value.type == "ValueError" and "breaks_after" in raised.value.traceback
    assert raised.value.partial is None
    assert list(stream) == [] and stream.result is None


def test_failures_without_items(pool):
    with pytest.raises(FunctionNotFound, match="nubers"):
        next(pool.stream(function="nubers", args=[3]))
    with pytest.raises(InvalidRequest, match=r"\$\[0\]"):
        next(pool.stream(function="plain", args=[object()]))


def test_an_item_without_a_json_form_has_its_position_in_the_path(pool):
    stream = pool.stream(function="unwritable", args=[])
    assert next(stream) == "fine"
    with pytest.raises(InvalidResponse) as raised:
        next(stream)
    assert raised.value.path == "$[1]"


def test_a_plain_call_has_all_items_together_and_its_error_what_had_come(pool):
    assert pool.call("values", ["Hi", " you"]) == {"output": "Hi you"}
    with pytest.raises(PythonException) as raised:
        pool.call("breaks_after", 3)
    assert raised.value.partial == "[0,1,2]" and raised.value.to_dict()["partial"] == "[0,1,2]"


def test_items_come_before_the_script_goes_on(pool, gate):
    stream = pool.stream(function="wait_at", args=[gate.path])
    assert next(stream) == "before"
    gate.open()
    assert next(stream) == "behind"


@pytest.mark.parametrize("function", ["counted", "acounted"])
def test_a_slow_reader_bounds_how_far_the_script_runs_ahead(notes, function):
    path, noted = notes
    with Pool(PROVIDERS / "streams.py", concurrency=2) as pool:
        stream = pool.stream(function=function, args=[path, 10_000])
        read = 0
        for more in (1, 1000, 3):
            for number in range(read, read + more):
                assert next(stream) == number
            read += more
            wait_until(lambda: len(noted()) >= read + AHEAD // 2)
            pool.call("plain")
            assert len(noted()) <= read + AHEAD + 1
        assert list(stream) == list(range(read, 10_000))


@pytest.mark.parametrize("function", ["counted", "acounted"])
@pytest.mark.parametrize("leave", ["close", "twice", "with", "del", "break"])
def test_a_stream_that_is_left_closes_its_generator(notes, function, leave):
    path, noted = notes
    with Pool(PROVIDERS / "streams.py", interrupt_grace=60) as pool:
        pid = pool.call("pid")
        leave_after_some_items(pool, function, leave, path)
        check_host_was_kept(pool, pid)
        wait_until(lambda: "end" in noted())
    assert len(noted()) < 1000


def leave_after_some_items(pool, function, leave, path):
    stream = pool.stream(function=function, args=[path, 10_000])
    assert next(stream) == 0
    if leave in ("close", "twice"):
        stream.close()
        if leave == "twice":
            stream.close()
        assert list(stream) == [] and stream.result is None
    elif leave == "with":
        with stream:
            assert next(stream) == 1
        assert list(stream) == []
    elif leave == "del":
        del stream
        gc.collect()
    else:
        del stream
        for item in pool.stream(function=function, args=[path, 10_000]):
            assert item == 0
            break


def test_closing_what_has_ended_changes_nothing(pool):
    stream = pool.stream("a")
    assert len(list(stream)) == 1
    stream.close()
    assert stream.result["output"] == "a" and list(stream) == []
    with pool.stream(function="numbers", args=[3]) as stream:
        assert list(stream) == [0, 1, 2]
    assert pool.stats()["errors_by_kind"] == {}


@pytest.mark.parametrize("function", ["hangs", "ahangs"])
def test_code_that_gets_to_no_yield_is_interrupted(notes, one_host, function):
    path, noted = notes
    with Pool(one_host("streams.py"), interrupt_grace=8) as pool:  # interrupted after half of it
        pid = pool.call("pid")
        stream = pool.stream(function=function, args=[path])
        assert next(stream) == "first"
        stream.close()
        assert pool.call("pid") == pid
    assert noted() == ["end"]


def test_another_thread_may_close_a_stream_that_is_waited_for(pool):
    stream = pool.stream(function="hangs", args=[])
    assert next(stream) == "first"
    rest = []
    reader = threading.Thread(target=lambda: rest.append(list(stream)))
    reader.start()
    stream.close()
    reader.join()
    assert rest == [[]]


def test_one_reads_at_a_time(pool, gate, when_it_waits):
    stream = pool.stream(function="wait_at", args=[gate.path])
    assert next(stream) == "before"
    said = []
    when_it_waits(stream, said.append, then=gate.open)
    assert list(stream) == ["behind"]
    assert [str(error) for error in said] == ["this stream is being read already"]


def test_a_pool_serves_many_streams_at_once(notes):
    with Pool(PROVIDERS / "streams.py", workers=2, concurrency=8) as pool:
        streams = [pool.stream(function="anumbers" if n % 2 else "numbers", args=[700]) for n in range(16)]
        for number in range(700):
            assert [next(stream) for stream in streams] == [number] * 16
        assert [list(stream) for stream in streams] == [[]] * 16


def test_a_stream_waits_in_the_queue_behind_others(pool):
    first = pool.stream(function="numbers", args=[5000])
    second = pool.stream(function="numbers", args=[3])
    assert next(first) == 0
    assert len(list(first)) == 4999
    assert list(second) == [0, 1, 2]


def test_timeouts_come_behind_the_items(pool):
    for name in ("item_timeout", "timeout"):
        for limit in growing_limits(0.3):
            items = []
            with pytest.raises(Timeout, match=f"its {name} of {limit} s"):
                for item in pool.stream(function="hangs", args=[], **{name: limit}):
                    items.append(item)
            if items:
                break
        assert items == ["first"]
    with pytest.raises(Timeout, match="item_timeout"):
        pool.call("hangs", item_timeout=0.3)


def test_a_slow_reader_costs_no_item_timeout(pool, notes):
    path, noted = notes
    stream = pool.stream(function="counted", args=[path, 400], item_timeout=4)
    assert next(stream) == 0
    wait_until(lambda: len(noted()) >= AHEAD // 2)
    with pytest.raises(Timeout):  # the host is busy for longer than an item may take
        pool.call("plain", deadline=5)
    assert list(stream) == list(range(1, 400))


def test_a_crash_comes_behind_the_items(pool):
    stream = pool.stream(function="hangs", args=[])
    assert next(stream) == "first"
    os.kill(pool.stats()["hosts"][0]["pid"], signal.SIGKILL)
    with pytest.raises(HostCrashed):
        next(stream)
    assert pool.call("plain", 1) == [1]


def test_the_end_of_the_pool_ends_its_streams(pool):
    stream = pool.stream(function="hangs", args=[])
    assert next(stream) == "first"
    pool.shutdown(0)
    with pytest.raises(ShuttingDown):
        next(stream)
    assert list(stream) == []
    with pytest.raises(ShuttingDown):
        next(pool.stream("a"))


def test_a_stream_keeps_its_pool():
    stream = Pool(PROVIDERS / "streams.py").stream(function="numbers", args=[1000])
    gc.collect()
    assert list(stream) == list(range(1000))


def test_hosts_end_when_the_stream_was_the_last_that_knew_the_pool():
    pool = Pool(PROVIDERS / "streams.py")
    pid = pool.call("pid")
    stream = pool.stream(function="hangs", args=[])
    assert next(stream) == "first"
    pool.kept = stream  # a cycle
    del pool, stream
    gc.collect()
    wait_until_gone(pid)


def test_ctrl_c_closes_the_stream_that_is_waited_for(notes, gate, when_it_waits):
    def interrupt(_):
        raise KeyboardInterrupt

    path, noted = notes
    with Pool(PROVIDERS / "streams.py", interrupt_grace=60) as pool:
        pid = pool.call("pid")
        stream = pool.stream(function="wait_at", args=[gate.path, path])
        assert next(stream) == "before"
        when_it_waits(stream, interrupt)
        with pytest.raises(KeyboardInterrupt):
            next(stream)
        assert list(stream) == []
        gate.open()
        check_host_was_kept(pool, pid)
    assert noted() == ["waits", "end"]


def test_a_handler_may_close_the_stream_that_it_interrupts(pool, when_it_waits):
    stream = pool.stream(function="hangs", args=[])
    assert next(stream) == "first"
    when_it_waits(stream, lambda _: stream.close())
    assert list(stream) == []


def test_a_forked_child_is_refused_and_closes_nothing(pool):
    stream = pool.stream(function="numbers", args=[1000])
    assert next(stream) == 0
    child = os.fork()
    if child == 0:
        code = 1
        try:
            next(stream)
        except RuntimeError as error:
            stream.close()
            del stream
            gc.collect()
            code = 7 if "make one in each process" in str(error) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert list(stream) == list(range(1, 1000))


def test_a_program_may_end_with_open_streams(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "from provider_host import Pool\n"
        "pool = Pool(sys.argv[1])\n"
        "stream = pool.stream(function='hangs', args=[])\n"
        "print(next(stream), flush=True)\n"
    )
    command = [sys.executable, program, PROVIDERS / "streams.py"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": PACKAGE}, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "first\n", "")


def test_inspect_says_what_streams(pool):
    functions = {each["name"]: each["streams"] for each in pool.inspect()["functions"]}
    assert functions["call_api"] is True and functions["anumbers"] is True
    assert functions["plain"] is False and functions["iterator"] is False
