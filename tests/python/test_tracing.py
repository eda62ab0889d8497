"""Tracing of calls, as promptfoo's worker does it, against a receiver."""

import contextlib
import re
import socket

import pytest
from otlp_receiver import Receiver
from package_under_test import PROVIDERS
from provider_host import Pool, PythonException

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

SCRIPT = PROVIDERS / "traced.py"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TRACED = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
OK, ERROR = 1, 2
LATE = "has not taken a span within"


@pytest.fixture
def receiver():
    with Receiver() as opened:
        yield opened


@pytest.fixture
def printed():
    """The lines of the pool's log."""
    return []


@pytest.fixture
def pool(receiver, printed):
    with tracing_pool(receiver.endpoint, printed) as started:
        yield started


@contextlib.contextmanager
def tracing_pool(endpoint, printed, limit="60", **options):
    """`limit` of a request in seconds: a busy machine must not make it retry. None: that of the exporter."""
    variables = {"PROMPTFOO_ENABLE_OTEL": "TRUE", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    variables |= {"OTEL_EXPORTER_OTLP_TIMEOUT": limit} if limit else {}
    variables |= options.pop("env_set", {})
    with Pool(SCRIPT, env_set=variables, log=lambda level, host, source, text: printed.append(text), **options) as pool:
        yield pool


def text_of(pool, printed):
    """All that was printed, once the pool has ended."""
    pool.close()
    return "\n".join(printed)


def test_a_span_has_arrived_when_its_call_is_answered(pool, receiver, printed):
    options = {"id": "the provider", "config": {"model": "the model"}}
    pool.call("call_api", "a prompt", options, TRACED | {"evaluationId": "eval-1", "testCaseId": "test-1"})
    has_arrived = len(receiver.spans) == 1
    [span] = receiver.wait_for(1)
    assert has_arrived or LATE in text_of(pool, printed), "the call did not wait"
    assert receiver.paths == ["/v1/traces"]
    assert (span.name, span.kind, span.trace, span.parent) == ("python call_api", 3, TRACE, PARENT)
    assert span.status == (OK, "") and not span.events
    assert span.attributes == {
        "promptfoo.provider.type": "python",
        "promptfoo.provider.function": "call_api",
        "promptfoo.provider.id": "the provider",
        "promptfoo.provider.model": "the model",
        "promptfoo.request.body": "a prompt",
        "promptfoo.response.body": "a prompt",
        "promptfoo.eval.id": "eval-1",
        "promptfoo.test.id": "test-1",
    }


@pytest.mark.parametrize(
    "result, expected, status",
    [
        ({"output": "é" * 5000}, {"promptfoo.response.body": "é" * 4083 + "... [truncated]"}, (OK, "")),
        ({"output": {"a": [1]}}, {"promptfoo.response.body": '{"a": [1]}'}, (OK, "")),
        (
            {"output": "", "tokenUsage": {"total": 9, "prompt": 4, "completion": 5}, "cached": True},
            {
                "promptfoo.response.body": "",
                "promptfoo.usage.total_tokens": 9,
                "gen_ai.usage.input_tokens": 4,
                "gen_ai.usage.output_tokens": 5,
                "promptfoo.cache_hit": True,
            },
            (OK, ""),
        ),
        ({"output": None, "tokenUsage": 3}, {}, (OK, "")),
        ({"error": "quota", "output": "x"}, {"promptfoo.response.body": "x"}, (ERROR, "quota")),
    ],
)
def test_the_result_is_described(pool, receiver, result, expected, status):
    pool.call("call_api", "", None, TRACED | {"test": {"result": result}})
    [span] = receiver.wait_for(1)
    provider = {"promptfoo.provider.type": "python", "promptfoo.provider.function": "call_api"}
    assert span.attributes == provider | {"promptfoo.request.body": ""} | expected
    assert span.status == status


def test_a_call_without_a_parent_is_not_traced(pool, receiver):
    for context in ({}, {"traceparent": ""}, {"traceparent": 7}, {"traceparent": None}, None, [1]):
        assert pool.call("coroutine", "x", {}, context) == {"output": "x"}
    pool.call("coroutine", "last", {}, TRACED)
    assert [span.attributes["promptfoo.request.body"] for span in receiver.wait_for(1)] == ["last"]


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(
    "function, prompt, status",
    [
        ("call_api", "raise", "ValueError: no such thing"),
        ("call_api", "exit", "SystemExit: enough"),
        ("raises", "later", "ValueError: later"),
    ],
)
def test_what_raises_runs_once_and_its_span_tells(receiver, printed, function, prompt, status, concurrency):
    with tracing_pool(receiver.endpoint, printed, concurrency=concurrency) as pool:
        with pytest.raises(PythonException) as raised:
            pool.call(function, prompt, {}, TRACED)
        assert "tracing.py" not in raised.value.traceback and "traced.py" in raised.value.traceback
        assert pool.call("call_api", "calls", {}, {}) == {"output": 2}
    [span] = receiver.wait_for(1)
    assert span.status == (ERROR, status)
    [(name, attributes)] = span.events
    assert name == "exception" and f"{attributes['exception.type']}: {attributes['exception.message']}" == status


def test_an_error_without_a_text_is_an_error_of_its_call_alone(pool, receiver, printed):
    with pytest.raises(PythonException, match="Unprintable"):
        pool.call("call_api", "odd error", {}, TRACED)
    assert pool.call("call_api", "calls", {}, {}) == {"output": 2}
    [span] = receiver.wait_for(1)
    assert span.status[0] == ERROR


def test_what_odd_objects_raise_is_told_and_changes_no_call(pool, receiver, printed):
    with pytest.raises(PythonException, match="Ending"):
        pool.call("call_api", "error that ends", {}, TRACED)
    assert pool.call("call_api", "result that ends", {}, TRACED) == {"output": "a result"}
    assert len(receiver.wait_for(2)) == 2
    text = text_of(pool, printed)
    assert "KeyboardInterrupt: of __str__" in text and "SystemExit: of get" in text


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("function", ["call_api", "coroutine", "decorated", "awaited", "task", "own"])
def test_functions_of_any_kind_are_traced(receiver, printed, function, concurrency):
    with tracing_pool(receiver.endpoint, printed, concurrency=concurrency) as pool:
        assert pool.call(function, "x", {}, TRACED) == {"output": "x"}
    [span] = receiver.wait_for(1)
    assert (span.name, span.parent, span.status) == (f"python {function}", PARENT, (OK, ""))
    assert span.attributes["promptfoo.response.body"] == "x"


def test_spans_of_the_script_are_below_the_one_of_their_call(receiver, printed):
    count = 8
    with tracing_pool(receiver.endpoint, printed, concurrency=count) as pool:
        context = TRACED | {"test": {"parties": count}}
        calls = [pool.submit("together", str(number), {}, context) for number in range(count)]
        calls += [pool.submit("nested", str(count), {}, context)]
        assert [call.result()["output"] for call in calls] == [str(number) for number in range(count + 1)]
    spans = receiver.wait_for(3 * count + 2)
    by_name = {span.name: span for span in spans if not span.name.startswith("python ")}
    roots = {span.attributes["promptfoo.request.body"]: span for span in spans if span.parent == PARENT}
    assert len(roots) == count + 1 and len(by_name) == 2 * count + 1
    for number, root in roots.items():
        assert by_name[f"outer of {number}"].parent == root.id
        if number != str(count):
            assert by_name[f"inner of {number}"].parent == by_name[f"outer of {number}"].id


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("function", ["words", "words_async", "words_later"])
def test_the_span_of_a_stream_covers_its_items(receiver, printed, function, concurrency):
    with tracing_pool(receiver.endpoint, printed, concurrency=concurrency) as pool:
        assert pool.call(function, "a b", {}, TRACED)["output"].replace(" ", "") == "ab"
        with pytest.raises(PythonException, match="no such word"):
            pool.call(function, "c raise", {}, TRACED)
    names = ["before a", "before b", f"python {function}", "before c", "before raise", f"python {function}"]
    spans = receiver.wait_for(len(names))
    assert [span.name for span in spans] == names, "in the order in which they end"
    assert [span.parent for span in spans] == [spans[2].id] * 2 + [PARENT] + [spans[5].id] * 2 + [PARENT]
    assert spans[2].status == (OK, "") and spans[5].status == (ERROR, "ValueError: no such word")
    assert spans[2].attributes.get("promptfoo.usage.total_tokens") == (3 if function == "words" else None)


def test_a_call_that_times_out_ends_its_span(receiver, printed):
    with tracing_pool(receiver.endpoint, printed, interrupt_grace=60) as pool:
        assert pool.outcome("blocks", "x", {}, TRACED, timeout=3).error.kind == "timeout"
        [span] = receiver.wait_for(1)
    assert span.status[0] == ERROR and span.status[1].startswith("KeyboardInterrupt")


def test_a_forked_child_that_returns_tells_no_span(pool, receiver):
    assert pool.call("call_api", "fork", {}, TRACED) == {"output": 0}
    assert [span.name for span in receiver.wait_for(1)] == ["python call_api"]


@pytest.mark.parametrize("value", ["", "false", "0", "on"])
def test_without_opting_in_nothing_is_imported(receiver, printed, value):
    with tracing_pool(receiver.endpoint, printed, env_set={"PROMPTFOO_ENABLE_OTEL": value}) as pool:
        assert pool.call("call_api", "modules", {}, TRACED) == {"output": []}
    assert not receiver.spans and not printed


def test_missing_packages_are_told_and_calls_go_on(receiver, printed, tmp_path):
    (tmp_path / "opentelemetry.py").write_text("raise ImportError('not installed')")
    with tracing_pool(receiver.endpoint, printed, env_set={"PYTHONPATH": str(tmp_path)}) as pool:
        assert pool.call("call_api", "x", {}, TRACED) == {"output": "x"}
        text = text_of(pool, printed)
    assert "tracing: off, as packages are missing (not installed): pip install opentelemetry-" in text
    assert len(printed) == 1


def failure_told(endpoint, reason):
    """What stderr says. On a busy machine the refusal may come after the second that a call waits."""
    return rf"tracing: {endpoint}/v1/traces (takes no spans: .*{reason}|has not taken a span within 1 s)"


def test_a_collector_that_is_down_is_told_once(printed):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with tracing_pool(endpoint, printed, limit=None) as pool:
            for number in range(20):
                assert pool.call("call_api", str(number), {}, TRACED) == {"output": str(number)}
            text = text_of(pool, printed)
    assert re.search(failure_told(endpoint, "refused"), text)
    assert len(printed) == 1, printed


def test_a_collector_that_refuses_is_told_with_its_reply(receiver, printed):
    receiver.status = 403
    with tracing_pool(receiver.endpoint, printed, limit=None) as pool:
        for _ in range(3):
            assert pool.call("call_api", "x", {}, TRACED) == {"output": "x"}
        text = text_of(pool, printed)
    assert re.search(failure_told(".*", "403"), text)
    assert len(printed) == 1, printed


def test_a_collector_that_hangs_delays_one_call_and_gets_the_spans_later(receiver, printed):
    receiver.gate.clear()
    with tracing_pool(receiver.endpoint, printed, limit=None) as pool:
        for number in range(20):
            assert pool.call("call_api", str(number), {}, TRACED) == {"output": str(number)}
        receiver.requested.wait()
        assert not receiver.spans
        receiver.gate.set()
        spans = receiver.wait_for(20)
        text = text_of(pool, printed)
    assert [span.attributes["promptfoo.request.body"] for span in spans] == [str(number) for number in range(20)]
    assert text.count(f"{LATE} 1 s") == 1


def test_odd_arguments_are_no_obstacle(pool, receiver):
    for options in (None, 7, [], {"config": None}, {"config": [1]}, {"id": {"a": 1}, "config": {"model": [1, "x"]}}):
        assert pool.call("coroutine", ["a", "list"], options, TRACED) == {"output": ["a", "list"]}
    spans = receiver.wait_for(6)
    assert len(spans) == 6
    assert all(span.attributes["promptfoo.response.body"] == '["a", "list"]' for span in spans)


def test_lone_surrogates_are_replaced_in_spans(pool, receiver, printed):
    result = {"output": "an answer", "error": "failed: \ud800"}
    pool.outcome("call_api", "a \ud800", {}, TRACED | {"test": {"result": result}})
    with pytest.raises(PythonException):
        pool.call("call_api", "raise text", {}, TRACED | {"text": "a \ud800"})
    described, raised = receiver.wait_for(2)
    assert described.attributes["promptfoo.request.body"] == "a \ufffd"
    assert described.status == (ERROR, "failed: \ufffd")
    assert raised.status == (ERROR, "ValueError: a \ufffd")
    [(_, attributes)] = raised.events
    assert attributes["exception.message"] == "a \ufffd"
    assert "ValueError: a \ufffd" in attributes["exception.stacktrace"]
    text_of(pool, printed)
    assert [line for line in printed if LATE not in line] == []


def test_an_endpoint_may_end_with_a_slash(receiver, printed):
    with tracing_pool(receiver.endpoint + "/", printed) as pool:
        pool.call("call_api", "x", {}, TRACED)
    receiver.wait_for(1)
    assert receiver.paths == ["/v1/traces"]


