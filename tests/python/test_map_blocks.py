"""`Pool.map` takes prompts, makes calls and hands out results in blocks; nobody may notice but by the clock."""

import gc
import os
import signal
import threading

import pytest
from package_under_test import PROVIDERS
from provider_host import InvalidRequest, Pool, PythonException, ShuttingDown


class Prompts:
    """Prompts that remember how many were taken."""

    def __init__(self, count):
        self.taken = 0
        self._count = count

    def __iter__(self):
        for number in range(self._count):
            self.taken += 1
            yield number


def echoed(results):
    return [result[0] for result in results]


def test_results_of_fast_calls_are_in_order_while_the_window_grows():
    with Pool(PROVIDERS / "various.py", workers=2) as pool:
        assert echoed(pool.map(range(5000), api="none", function="echo")) == list(range(5000))


@pytest.mark.parametrize("in_flight", [1, 2, 3, 7, 64])
def test_an_explicit_number_in_flight_is_exact(pool, in_flight):
    prompts = Prompts(1000)
    for yielded, _ in enumerate(pool.map(prompts, api="none", function="echo", in_flight=in_flight)):
        assert prompts.taken <= yielded + in_flight
    assert prompts.taken == 1000


def test_any_number_may_be_in_flight(pool):
    assert echoed(pool.map(range(10), api="none", function="echo", in_flight=10**30)) == list(range(10))


def test_calls_with_a_deadline_do_not_wait_for_it_in_a_long_queue(pool):
    prompts = Prompts(1000)
    for yielded, _ in enumerate(pool.map(prompts, api="none", function="echo", deadline=60)):
        assert prompts.taken <= yielded + 2


def test_a_short_queue_is_not_filled():
    with Pool(PROVIDERS / "various.py", max_queue=2) as pool:
        assert echoed(pool.map(range(1000), api="none", function="echo")) == list(range(1000))


def test_the_time_of_a_call_with_a_deadline_does_not_begin_before_others_have_space_in_the_queue(tmp_path):
    gate = str(tmp_path / "gate")
    os.mkfifo(gate)
    is_open = threading.Event()
    was_open = []
    third_taken = threading.Event()

    def prompts():
        yield gate
        yield os.devnull
        third_taken.set()
        yield os.devnull
        was_open.append(is_open.is_set())
        yield os.devnull

    def open_gate():
        third_taken.wait()
        while pool.stats()["queued"] == 0:
            pass
        is_open.set()
        with open(gate, "w"):
            pass

    with Pool(PROVIDERS / "various.py", max_queue=1) as pool:
        opening = threading.Thread(target=open_gate)
        opening.start()
        calls = pool.map(prompts(), api="none", function="wait_at", in_flight=4, deadline=60, queue_wait=60)
        assert list(calls) == [None] * 4
        opening.join()
    assert was_open == [True]


def test_a_map_begins_with_few_calls(pool):
    prompts = Prompts(1000)
    results = pool.map(prompts, api="none", function="echo")
    next(results)
    assert prompts.taken == 2


def test_an_error_comes_after_the_results_before_it(pool):
    prompts = [*range(300), object(), *range(300)]
    seen = []
    with pytest.raises(InvalidRequest):
        for result in pool.map(prompts, api="none", function="echo"):
            seen.append(result[0])
    assert seen == list(range(300))
    assert pool.call("echo", 1) == [1]


def test_errors_stand_among_the_results_when_asked(pool):
    prompts = [object() if number % 7 == 3 else number for number in range(700)]
    results = list(pool.map(prompts, api="none", function="echo", return_exceptions=True))
    assert [isinstance(result, InvalidRequest) for result in results] == [number % 7 == 3 for number in range(700)]


def test_what_the_source_raises_is_raised_and_ends_the_map(pool):
    def prompts():
        yield from range(500)
        raise LookupError("no more")

    results = pool.map(prompts(), api="none", function="echo")
    with pytest.raises(LookupError, match="no more"):
        for _ in results:
            pass
    assert list(results) == []
    assert pool.call("echo", 1) == [1]


def test_options_that_change_between_prompts_are_those_of_their_prompt(pool):
    options = {}

    def prompts():
        for number in range(300):
            options["number"] = number
            yield str(number)

    assert [r["options"]["number"] for r in pool.map(prompts(), options)] == list(range(300))


def test_a_source_may_wait_for_the_last_of_several_calls(pool, tmp_path):
    """A call that was taken is not kept back until the source comes with the next one."""
    gates = [str(tmp_path / name) for name in "abc"]
    for path in gates:
        os.mkfifo(path)

    def open_gate(path):
        with open(path, "w"):
            pass

    def prompts():
        yield from gates
        for path in gates:
            open_gate(path)

    assert list(pool.map(prompts(), api="none", function="wait_at", in_flight=64)) == [None] * 3


def test_leaving_early_cancels_what_is_queued(pool):
    results = pool.map(range(1000), api="none", function="echo", in_flight=50)
    assert next(results) == [0]
    results.close()
    assert pool.call("echo", 1) == [1]
    stats = pool.stats()
    assert stats["queued"] == 0 and set(stats["errors_by_kind"]) <= {"cancelled"}


def test_a_pool_that_is_shut_down_ends_the_wait_for_a_result(pool, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    failed = []

    def take():
        try:
            next(results)
        except BaseException as error:
            failed.append(error)

    results = pool.map([str(pipe)], api="none", function="announce_and_sleep")
    taking = threading.Thread(target=take)
    taking.start()
    pipe.read_text()
    pool.shutdown(0)
    taking.join()
    assert [type(error) for error in failed] == [ShuttingDown]


def test_ctrl_c_ends_the_wait_and_cancels_the_calls(pool, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def interrupt():
        pipe.read_text()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        list(pool.map([str(pipe)] * 3, api="none", function="announce_and_sleep", in_flight=3))
    thread.join()
    assert pool.call("echo", 1) == [1]
    assert set(pool.stats()["errors_by_kind"]) == {"cancelled"}


def test_garbage_with_a_map_in_it_is_collected(pool):
    class Owner:
        def __init__(self):
            self.results = pool.map(self.prompts(), api="none", function="echo")

        def prompts(self):
            yield from range(1000)

    owner = Owner()
    next(owner.results)
    gone = threading.Event()
    threading.Thread(target=lambda: (gc.collect(), gone.set())).start()
    gone.wait()
    alive = [each for each in gc.get_objects() if isinstance(each, Owner)]
    assert alive == [owner]
    del alive, owner
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, Owner)]
    assert pool.call("echo", 1) == [1]


def test_a_map_may_run_in_a_callback(pool):
    seen = []
    done = threading.Event()

    def go_on(_):
        seen.extend(echoed(pool.map(range(300), api="none", function="echo")))
        done.set()

    pool.submit("echo", 1).add_done_callback(go_on)
    assert done.wait(timeout=30)
    assert seen == list(range(300))


def test_a_map_cannot_go_on_in_a_forked_child(pool):
    results = pool.map(range(1000), api="none", function="echo", in_flight=100)
    next(results)
    child = os.fork()
    if child == 0:
        try:
            next(results)
        except RuntimeError:
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert echoed(results) == list(range(1, 1000))


def test_the_pool_may_be_shut_down_between_two_results(pool):
    results = pool.map(range(1000), api="none", function="echo", in_flight=4)
    assert next(results) == [0]
    pool.shutdown(0)
    with pytest.raises((ShuttingDown, PythonException)):
        list(results)


@pytest.mark.parametrize("key", [1.5, True, b"x"])
def test_a_key_of_the_wrong_type_is_told(pool, key):
    with pytest.raises(TypeError, match="affinity must be"):
        list(pool.map(range(3), api="none", function="echo", affinity=lambda _: key))
