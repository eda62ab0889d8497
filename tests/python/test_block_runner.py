"""Blocks of frames: calls that come from another process, and their responses (`_native.BlockRunner` and its like)."""

import json
import os
import struct
import threading

import pytest
from package_under_test import PROVIDERS, wait_until
from provider_host import InvalidRequest, Pool, ProviderError
from provider_host._native import Api, BlockRunner, CallEncoder, CallLimits, Options, read_response, split_frames

NO_LIMITS = CallLimits({})
LONG = 600.0  # seconds; a wait that an event ends
LIMIT = 1 << 20


def encoder(**options):
    return CallEncoder(Options({"script": "provider.py", **options}))


def frame_of(payload):
    data = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":")).encode()
    return struct.pack(">I", len(data)) + data


def call(number, function, *args, **limits):
    return encoder().encode(number, Api.none, function, args, CallLimits(limits))


class Client:
    """Somebody who sends blocks and reads responses."""

    def __init__(self, pool):
        self.native = pool.start()._native()
        self.runner = BlockRunner(self.native)
        self.outcomes = {}

    def submit(self, *frames, ages=None):
        self.runner.submit(b"".join(frames), ages)

    def take(self, wait=LONG, gather=0.0, limit=LIMIT):
        block = self.runner.take(wait, gather, limit)
        frames = split_frames(block)
        for number, frame in frames:
            assert number not in self.outcomes, "a call has settled twice"
            self.outcomes[number] = read_response(frame)
        return [number for number, _ in frames]

    def take_all(self):
        while self.runner.outstanding() > 0:
            self.take()
        while self.take(wait=0):
            pass
        return self.outcomes

    def error(self, number):
        ok, error = self.outcomes[number][:2]
        assert not ok
        assert isinstance(error, ProviderError)
        return error

    def result(self, number):
        ok, result = self.outcomes[number][:2]
        assert ok, result
        return result


@pytest.fixture
def client(pool):
    return Client(pool)


# --- frames


def test_an_encoded_call_is_one_frame_of_the_pipe():
    limits = CallLimits({"timeout": 0.5, "retries": 2, "affinity": "k"})
    frame = encoder().encode(2**53 - 1, Api.embedding, "Class.f", ("ü\ud800", {"a": [1.5, None]}), limits)
    (size,) = struct.unpack(">I", frame[:4])
    assert size == len(frame) - 4
    message = json.loads(frame[4:])
    assert list(message)[:2] == ["type", "id"]
    assert message == {
        "type": "call",
        "id": 2**53 - 1,
        "details": True,
        "function": "Class.f",
        "api": "embedding",
        "timeout": 0.5,
        "retries": 2,
        "affinity": "k",
        "args": ["ü\ud800", {"a": [1.5, None]}],
    }


@pytest.mark.parametrize(
    "args, limits, said",
    [
        ((object(),), {}, "the arguments cannot be sent"),
        ((float("nan"),), {}, "the arguments cannot be sent"),
        (("x" * 5000,), {}, "the arguments cannot be sent"),
        ((), {"timeout": float("inf")}, "timeout must be a number of seconds"),
        ((), {"deadline": float("nan")}, "deadline must be a number of seconds"),
    ],
)
def test_a_call_that_cannot_be_sent_is_an_invalid_request(args, limits, said):
    with pytest.raises(InvalidRequest, match=said):
        encoder(frame_limit=4096).encode(1, Api.none, "f", args, CallLimits(limits))


def test_the_options_of_the_pool_say_how_values_are_written():
    frame = encoder(nan="null", bytes="base64").encode(1, Api.none, "f", (float("nan"), b"abc"), NO_LIMITS)
    assert json.loads(frame[4:])["args"] == [None, "YWJj"]


@pytest.mark.parametrize("number", [0, 2**53])
def test_ids_have_a_range(number):
    with pytest.raises(ValueError, match="id"):
        encoder().encode(number, Api.none, "f", (), NO_LIMITS)


def test_a_block_is_split_into_its_frames():
    frames = [call(number, "f", "x" * number) for number in (1, 5, 2)]
    assert split_frames(b"".join(frames)) == list(zip([1, 5, 2], frames))
    assert split_frames(b"") == []


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"\0" * 8,
        call(1, "f")[:-1],
        call(1, "f") + b"\0",
        frame_of({"type": "cancel", "id": 1}),
        frame_of({"id": 1}),
    ],
)
def test_what_is_no_block_is_a_value_error(client, data):
    with pytest.raises(ValueError):
        split_frames(data)
    with pytest.raises(ValueError):
        client.submit(call(7, "echo"), data)
    assert client.runner.outstanding() == 0
    assert client.take(wait=0) == []


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "call", "id": 1, "args": []},
        {"type": "result", "id": 1},
        {"type": "error", "id": 1, "error": {}},
        b'{"type":"result","id":1,"result":[}',
        b'{"type":"result","id":1,"result":"\xff"}',
    ],
)
def test_what_is_no_response_is_a_value_error(payload):
    with pytest.raises(ValueError):
        read_response(frame_of(payload))


def test_two_responses_are_not_one():
    result = frame_of({"type": "result", "id": 1, "result": 5})
    assert read_response(result)[:2] == (True, 5)
    with pytest.raises(ValueError):
        read_response(result + result)


# --- blocks


def test_two_thousand_calls_of_a_block_settle_once_each():
    with Pool(PROVIDERS / "various.py", workers=2, max_queue=0) as pool:
        client = Client(pool)
        client.submit(*[call(number, "echo", number, "ü" * (number % 50)) for number in range(1, 2001)])
        outcomes = client.take_all()
    assert len(outcomes) == 2000
    for number, (ok, result, latency_ms, host, pid, stdout, stderr) in outcomes.items():
        assert ok
        assert result == [number, "ü" * (number % 50)]
        assert latency_ms >= 0
        assert host in (1, 2)
        assert pid > 0
        assert (stdout, stderr) == ("", "")


def test_blocks_of_several_threads_settle_while_others_take():
    with Pool(PROVIDERS / "various.py", workers=2, max_queue=0) as pool:
        client = Client(pool)

        def submit(first):
            for begin in range(first, first + 500, 50):
                client.submit(*[call(number, "echo", number) for number in range(begin, begin + 50)])

        threads = [threading.Thread(target=submit, args=(first,)) for first in (1, 501, 1001)]
        for thread in threads:
            thread.start()
        while len(client.outcomes) < 1500:
            client.take(gather=0.001)
        for thread in threads:
            thread.join()
    assert all(client.result(number) == [number] for number in range(1, 1501))
    assert client.runner.outstanding() == 0


def test_a_crash_in_a_block_costs_the_call_that_has_caused_it(client):
    before = [call(number, "echo", number) for number in range(1, 50)]
    behind = [call(number, "echo", number) for number in range(51, 101)]
    client.submit(*before, call(50, "die"), *behind)
    client.take_all()
    assert client.error(50).kind == "host_crashed"
    assert client.error(50).signal == 11
    assert all(client.result(number) == [number] for number in range(1, 101) if number != 50)


def test_a_bad_frame_in_the_middle_costs_itself_only(client):
    bad = [
        frame_of(b'{"type":"call","id":2,"args":[1,2}}'),
        frame_of(b'{"type":"call","id":3,"args":["\xff"]}'),
        frame_of({"type": "call", "id": 4, "args": [], "function": "echo", "odd": 1}),
        frame_of({"type": "call", "id": 5, "args": {}}),
        frame_of({"type": "result", "id": 6, "result": 1}),
        call(7, "echo", timeout=-1),
    ]
    client.submit(call(1, "echo", "a"), *bad, call(8, "echo", "b"))
    client.take_all()
    assert (client.result(1), client.result(8)) == (["a"], ["b"])
    assert {client.error(number).kind for number in range(2, 8)} == {"invalid_request"}
    assert "'odd' means nothing" in str(client.error(4))


def test_the_frame_limit_of_the_pool_is_that_of_its_calls_and_results():
    with Pool(PROVIDERS / "various.py", frame_limit=8192, max_queue=0) as pool:
        client = Client(pool)
        client.submit(call(1, "echo", "x" * 9000), call(2, "echo", "x" * 100), call(3, "nested", 5000))
        client.take_all()
    assert client.error(1).kind == "invalid_request"
    assert "frame limit" in str(client.error(1))
    assert client.result(2) == ["x" * 100]
    assert client.error(3).kind == "invalid_response"


def test_an_id_is_free_again_once_its_call_has_settled(client, gate):
    client.submit(call(1, "wait_at", gate.path, "first"))
    client.submit(call(1, "echo", "second"))
    assert client.take() == [1]
    assert "has no response yet" in str(client.outcomes.pop(1)[1])
    assert client.runner.outstanding() == 1
    gate.open()
    client.take_all()
    assert client.outcomes.pop(1)[1] == "first"
    client.submit(call(1, "echo", "third"))
    client.take_all()
    assert client.result(1) == ["third"]


def test_what_a_call_prints_comes_with_its_response():
    with Pool(PROVIDERS / "various.py", capture=True, max_queue=0) as pool:
        client = Client(pool)
        client.submit(call(1, "say", "hello"))
        client.take_all()
    assert client.outcomes[1][5:] == ("hello\n", "HELLO\n")


# --- ends


def test_calls_are_cancelled_by_their_ids(client, gate):
    client.submit(call(1, "wait_at", gate.path), call(2, "echo", 2), call(3, "echo", 3))
    client.runner.cancel([3, 1, 999])
    client.take_all()
    assert {client.error(number).kind for number in (1, 3)} == {"cancelled"}
    assert client.result(2) == [2]


def test_withdrawn_calls_are_those_that_no_host_has(client, gate):
    client.submit(call(1, "announce_and_sleep", gate.path))
    with open(gate.path):  # a host has the first call
        client.submit(*[call(number, "echo", number) for number in range(2, 50)])
    client.runner.withdraw([*range(1, 50), 999])
    while 49 not in client.outcomes:
        client.take()
    client.runner.cancel([1])
    client.take_all()
    assert client.error(1).kind == "cancelled"
    # The next few may have been sent ahead of their turn, and begin then.
    assert {client.error(number).kind for number in range(10, 50)} == {"cancelled"}


def test_the_time_that_a_call_has_waited_elsewhere_counts_for_its_deadline(client, gate):
    client.submit(
        call(1, "echo", deadline=5),
        call(2, "echo", deadline=5),
        call(3, "sleep", deadline=LONG),
        call(4, "echo"),
        ages=[5.5, 1, LONG - 0.2, 100],
    )
    client.take_all()
    assert (client.error(1).kind, client.error(1).phase, client.error(1).queued_s) == ("timeout", "queued", 5.5)
    assert client.result(2) == []
    assert client.error(3).kind == "timeout"
    assert client.result(4) == []


def test_the_deadline_of_the_pool_counts_too():
    with Pool(PROVIDERS / "various.py", deadline=5, max_queue=0) as pool:
        client = Client(pool)
        client.submit(call(1, "echo"), call(2, "echo", deadline=0), ages=[6, 6])
        client.take_all()
    assert client.error(1).kind == "timeout"
    assert client.result(2) == []


def test_a_block_needs_an_age_for_each_frame(client):
    with pytest.raises(ValueError, match="age"):
        client.submit(call(1, "echo"), call(2, "echo"), ages=[1])
    assert client.runner.outstanding() == 0


# --- taking


def test_nothing_comes_when_there_is_nothing(client):
    assert client.take(wait=0) == []
    assert client.take(wait=0.01, gather=LONG) == []


def test_responses_gather_until_no_call_is_left(client):
    client.submit(*[call(number, "echo", number) for number in range(1, 101)])
    assert sorted(client.take(gather=LONG)) == list(range(1, 101))


def test_responses_do_not_gather_beyond_their_time(client, gate):
    client.submit(call(1, "echo"), call(2, "wait_at", gate.path))
    assert client.take(gather=0.01) == [1]
    gate.open()
    assert client.take(gather=LONG) == [2]


def test_results_that_are_larger_than_the_limit_come_alone(client):
    client.submit(*[call(number, "echo", "x" * 5000) for number in range(1, 6)], call(6, "echo"), call(7, "echo"))
    wait_until(lambda: client.runner.outstanding() == 0)
    assert [client.take(limit=1000) for _ in range(6)] == [[1], [2], [3], [4], [5], [6, 7]]


def test_a_limit_that_is_reached_ends_the_gathering(client, gate):
    client.submit(*[call(number, "echo", "x" * 5000) for number in range(1, 11)], call(11, "wait_at", gate.path))
    assert len(client.take(gather=LONG, limit=20_000)) <= 4
    gate.open()
    client.take_all()
    assert len(client.outcomes) == 11


def test_close_wakes_a_take(client, gate):
    client.submit(call(1, "wait_at", gate.path))
    taken = []
    thread = threading.Thread(target=lambda: taken.append(client.runner.take(LONG, 0, LIMIT)))
    thread.start()
    client.runner.close()
    thread.join()
    assert taken == [b""]
    assert client.take() == []  # and later ones
    gate.open()
    wait_until(lambda: client.take() == [1])


def test_a_shutdown_settles_what_a_take_waits_for(pool, gate):
    client = Client(pool)
    client.submit(call(1, "wait_at", gate.path), call(2, "echo"))
    thread = threading.Thread(target=pool.shutdown, args=(0,))
    thread.start()
    client.take_all()
    thread.join()
    assert {client.error(number).kind for number in (1, 2)} == {"shutting_down"}
    client.submit(call(3, "echo"))
    client.take_all()
    assert client.error(3).kind == "shutting_down"


def test_other_threads_run_while_a_take_waits(client, gate):
    client.submit(call(1, "wait_at", gate.path))
    opener = threading.Thread(target=gate.open)
    opener.start()
    assert client.take() == [1]
    opener.join()


def test_a_signal_handler_ends_a_take_and_no_response_is_lost(client, gate):
    client.submit(call(1, "wait_at", gate.path))
    interrupted = threading.Timer(0.05, lambda: os.kill(os.getpid(), 2))
    interrupted.start()
    with pytest.raises(KeyboardInterrupt):
        client.take()
    gate.open()
    assert client.take() == [1]


def test_a_forked_child_has_no_calls(client, gate):
    client.submit(call(1, "wait_at", gate.path))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            runner = client.runner
            uses = (
                lambda: runner.submit(b""),
                lambda: runner.take(0, 0, 1),
                lambda: runner.cancel([1]),
                lambda: runner.withdraw([1]),
                runner.outstanding,
                runner.close,
            )
            code = 0 if all(raises_runtime_error(use) for use in uses) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    gate.open()
    client.take_all()
    assert client.result(1) is None


def raises_runtime_error(use):
    try:
        use()
    except RuntimeError:
        return True
    return False


def test_a_runner_keeps_its_pool():
    client = Client(Pool(PROVIDERS / "various.py"))
    client.submit(call(1, "echo", "x"))
    client.take_all()
    assert client.result(1) == ["x"]
