"""How long a traced call waits for its span to be exported: OpenTelemetry's variable may say more than a second."""

import runpy
import time
from pathlib import Path

import pytest
from otlp_receiver import Receiver

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
from test_tracing import TRACED, text_of, tracing_pool  # noqa: E402

MODULE = Path(__file__).resolve().parents[2] / "src" / "host" / "python" / "span_exporter.py"


@pytest.mark.parametrize(
    ("general", "traces", "seconds"),
    [
        (None, None, 1),
        ("30000", None, 30),
        ("30000", "2500", 2.5),
        ("30000", "", 30),
        ("10", None, 1),
        ("500", "0", 1),
        ("-5000", None, 1),
        ("nan", None, 1),
        ("inf", None, 3600),
        ("soon", None, 1),
    ],
)
def test_the_environment_says_milliseconds_where_they_are_more(general, traces, seconds):
    given = {"OTEL_EXPORTER_OTLP_TIMEOUT": general, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": traces}
    patience = runpy.run_path(str(MODULE), {"load": lambda *names: None})["patience"]
    assert patience({name: value for name, value in given.items() if value is not None}) == seconds


def test_a_slow_collector_has_the_span_before_the_call_is_answered():
    printed = []
    with Receiver() as receiver:
        receiver.gate.clear()
        with tracing_pool(receiver.endpoint, printed, env_set={"OTEL_EXPORTER_OTLP_TIMEOUT": "60000"}) as pool:
            call = pool.submit("call_api", "x", {}, TRACED)
            assert receiver.requested.wait(60)
            time.sleep(1.2)  # more than it waits unless told
            assert not call.done()
            receiver.gate.set()
            assert call.result() == {"output": "x"}
            assert len(receiver.spans) == 1
            assert text_of(pool, printed) == ""
