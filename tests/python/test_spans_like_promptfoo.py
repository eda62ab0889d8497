"""The spans of calls beside those of promptfoo's own worker."""

import json
import os
import subprocess
import sys

import pytest
from otlp_receiver import Receiver
from package_under_test import PROVIDERS, ROOT
from provider_host import Pool

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

WRAPPER = ROOT / "build/promptfoo/node_modules/promptfoo/dist/src/python/persistent_wrapper.py"
SCRIPT = PROVIDERS / "traced.py"
PARENT = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
FULL = PARENT | {"evaluationId": "e", "testCaseId": "t"}
CALLS = [
    ("call_api", ["a prompt", {"id": "p", "config": {"model": "m", "basePath": "/"}}, FULL]),
    ("call_api", ["long" * 2000, {}, PARENT]),
    ("call_api", [["a", "list"], {"config": {}}, PARENT]),
    ("call_api", ["raise", {}, PARENT]),
    ("coroutine", ["x", {}, PARENT]),
    ("nested", ["x", {}, PARENT]),
    ("call_api", ["unsampled", {}, {"traceparent": PARENT["traceparent"][:-1] + "0"}]),
    ("call_api", ["no such parent", {}, {"traceparent": "no parent"}]),
    ("call_api", ["no parent", {}, {}]),
    ("coroutine", ["two arguments", {}]),
    *(
        ("call_api", ["", {}, PARENT | {"test": {"result": result}}])
        for result in (
            {"output": {"ä": [1, 2.5, None]}, "tokenUsage": {"total": 3, "prompt": 2}, "cached": 0},
            {"error": "e" * 5000},
            {"output": 7, "error": ""},
            {"output": None, "error": None, "tokenUsage": None},
            {"no": "output"},
            "a text",
            None,
        )
    ),
]


def seen(spans):
    """What must be equal: no ids, and of exceptions no places."""
    return [
        (span.name, span.kind, span.trace if span.parent else "", bool(span.parent), span.attributes, span.status)
        + exception_of(span)
        for span in spans
    ]


def exception_of(span):
    """Type and message. promptfoo's worker records an exception twice."""
    return tuple((each["exception.type"], each["exception.message"]) for _, each in span.events[:1])


def variables(receiver):
    return {
        "PROMPTFOO_ENABLE_OTEL": "1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "60",  # seconds; a busy machine must not make it retry
    }


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """The spans of each call in promptfoo's worker."""
    if not WRAPPER.exists():
        pytest.skip(f"promptfoo is not in {ROOT}/build/promptfoo; scripts/install-deps promptfoo fetches it")
    request, response = (tmp_path_factory.mktemp("calls") / name for name in ("request.json", "response.json"))
    spans = []
    with Receiver() as receiver:
        command = [sys.executable, WRAPPER, SCRIPT, "call_api"]
        environment = os.environ | variables(receiver)
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        ) as worker:
            for function, arguments in CALLS:
                request.write_text(json.dumps(arguments))
                worker.stdin.write(f"CALL|{function}|{request}|{response}\n")
                worker.stdin.flush()
                assert any(line.startswith("DONE|") for line in worker.stdout)
                spans.append(seen(receiver.wait_for(0)))  # promptfoo's worker waits for the receiver
                receiver.spans.clear()
            worker.stdin.close()
    return spans


@pytest.mark.parametrize("concurrency", [1, 4])
def test_spans_are_those_of_promptfoos_worker(theirs, concurrency):
    ours = []
    with Receiver() as receiver, Pool(SCRIPT, env_set=variables(receiver), concurrency=concurrency) as pool:
        for (function, arguments), there in zip(CALLS, theirs):
            pool.outcome(function, *arguments)
            ours.append(seen(receiver.wait_for(len(there))))
            receiver.spans.clear()
    assert not receiver.spans
    for call, here, there in zip(CALLS, ours, theirs):
        assert here == there, call
    assert sum(map(len, ours)) == len(CALLS) - 2
