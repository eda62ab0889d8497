"""Trace assertions of promptfoo, which receives the spans itself."""

import socket

import pytest

from .promptfoo_cli import BIN, OWN, PROVIDERS, SOME_FAILED, script
from .test_module import MODULE

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(300), pytest.mark.xdist_group("evals")]

DROP_IN = {"id": script("traced.py")}
PACKAGE = {"id": MODULE, "config": {"script": str(PROVIDERS / "traced.py"), "concurrency": 4}}


def spans(pattern, count):
    return {"type": "trace-span-count", "value": {"pattern": pattern, "min": count, "max": count}}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("provider", [DROP_IN, PACKAGE], ids=["drop-in", "package"])
def test_spans_of_a_call_and_of_its_script_arrive_in_the_evals_trace(evaluate, python, tmp_path, provider):
    for _ in range(5):
        run = traced_eval(evaluate, free_port(), provider)
        if "EADDRINUSE" not in run.log:
            break
        (tmp_path / "calls").unlink(missing_ok=True)  # another program has taken the port meanwhile
    assert run.exit_code == SOME_FAILED, str(run)
    good, miscounted, raised = run.outcomes
    assert good.success, str(run)
    assert not miscounted.success and "1" in miscounted.error, str(run)
    assert "there are no documents" in raised.error
    times = 4 if python == OWN else 3  # promptfoo's own worker runs a function that raises a second time
    assert (tmp_path / "calls").read_text() == "x" * times


def traced_eval(evaluate, port, provider):
    own = [spans("python call_api", 1), spans("retrieve documents", 1)]
    return evaluate(
        {
            "prompts": ["{{prompt}}"],
            "providers": [provider],
            "tracing": {"enabled": True, "otlp": {"http": {"enabled": True, "port": port, "host": "127.0.0.1"}}},
            "tests": [
                {"vars": {"prompt": "hello"}, "assert": [*own, {"type": "trace-error-spans", "value": 0}]},
                {"vars": {"prompt": "again"}, "assert": [spans("python call_api", 2)]},
                {"vars": {"prompt": "raise"}},
            ],
        },
        "--no-cache",
        environment={
            "PROMPTFOO_ENABLE_OTEL": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "30000",  # each span is waited for, also on a busy machine
            "PROVIDER_HOST_BIN": str(BIN / "provider-host"),
        },
    )
