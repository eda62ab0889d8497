"""/metrics, as Prometheus' own parser reads it."""

import pytest

from .serving import wait_until

parser = pytest.importorskip("prometheus_client.parser")


@pytest.fixture
def server(serve):
    server = serve("actions.py", "--chat-prompt", "last-user", "--workers", "2")
    wait_until(lambda: value(server, "provider_host_hosts", state="ready") == 2, "both hosts are ready")
    return server


def families(server):
    response = server.get("/metrics")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in parser.text_string_to_metric_families(response.text)}


def samples(server):
    return [sample for family in families(server).values() for sample in family.samples]


def value(server, name, **labels):
    """The sum of all samples that have the labels."""
    named = (sample for sample in samples(server) if sample.name == name)
    found = [sample.value for sample in named if labels.items() <= sample.labels.items()]
    assert found, f"there is no {name} {labels}"
    return sum(found)


def chat(server, prompt, **more):
    return server.post("/v1/chat/completions", {"messages": [{"role": "user", "content": prompt}], **more})


def test_every_family_has_a_type_a_help_and_a_name_of_ours(server):
    found = families(server)
    assert all(family.documentation.endswith(".") for family in found.values())
    assert {family.type for family in found.values()} <= {"counter", "gauge", "histogram", "summary"}
    assert all(name.startswith(("provider_host_", "process_")) for name in found)


def test_counters_end_in_total(server):
    for family in families(server).values():
        if family.type == "counter":
            assert all(sample.name == f"{family.name}_total" for sample in family.samples), family
        elif family.type == "gauge":
            assert not family.name.endswith("_total")


def test_no_sample_is_there_twice(server):
    chat(server, "hello")
    keys = [(sample.name, *sorted(sample.labels.items())) for sample in samples(server)]
    assert len(keys) == len(set(keys))


def test_buckets_are_cumulative(server):
    for _ in range(3):
        chat(server, "hello")
    chat(server, "words a", stream=True)
    histograms = [family for family in families(server).values() if family.type == "histogram"]
    assert histograms
    for family in histograms:
        series = {}
        for sample in family.samples:
            others = {name: each for name, each in sample.labels.items() if name != "le"}
            series.setdefault(tuple(sorted(others.items())), []).append(sample)
        for samples in series.values():
            buckets = [(float(each.labels["le"]), each.value) for each in samples if each.name.endswith("_bucket")]
            assert buckets == sorted(buckets)
            assert [count for _, count in buckets] == sorted(count for _, count in buckets)
            count = next(each.value for each in samples if each.name.endswith("_count"))
            assert buckets[-1] == (float("inf"), count)
            assert any(each.name.endswith("_sum") for each in samples)


def test_values_agree_with_what_was_called(server):
    for _ in range(3):
        assert chat(server, "hello").status == 200
    assert chat(server, "fail it").status == 422
    assert chat(server, "words a b c", stream=True).status == 200
    assert server.post("/v1/chat/completions", {}).status == 400
    assert server.post("/v1/embeddings", {"input": ["a", "b"]}).status == 200
    requests = "provider_host_http_requests_total"
    assert value(server, requests, route="chat_completions", code="200") == 4
    assert value(server, requests, route="chat_completions", code="422") == 1
    assert value(server, requests, route="chat_completions", code="400") == 1
    assert value(server, requests, route="embeddings", code="200") == 1
    assert value(server, "provider_host_http_request_duration_seconds_count", route="chat_completions") == 6
    assert value(server, "provider_host_calls_submitted_total") == 7
    assert value(server, "provider_host_calls_total", outcome="succeeded") == 6
    assert value(server, "provider_host_calls_total", outcome="failed") == 1
    assert value(server, "provider_host_call_errors_total", kind="python_exception") == 1
    assert value(server, "provider_host_http_streams_started_total") == 1
    assert value(server, "provider_host_http_streams") == 0
    assert value(server, "provider_host_stream_items_total") == 3
    assert value(server, "provider_host_stream_first_item_seconds_count") == 1
    assert value(server, "provider_host_host_calls_total") == 7
    assert value(server, "provider_host_hosts", state="ready") == 2
    assert value(server, "provider_host_build_info", model="actions") == 1


def test_what_goes_on_now_is_a_gauge(server):
    with server.wire() as wire:
        wire.post("/v1/call", {"prompt": "wait now"})
        server.place.wait_for("wait now")
        assert value(server, "provider_host_http_requests_in_flight", route="call") == 1
        assert value(server, "provider_host_host_calls_in_flight") == 1
        server.place.open("now")
        assert wire.read().status == 200
    wait_until(lambda: value(server, "provider_host_http_requests_in_flight", route="call") == 0, "it has ended")


def test_a_crash_is_counted_with_its_restart(server):
    assert chat(server, "crash now").status == 502
    wait_until(lambda: value(server, "provider_host_hosts", state="ready") == 2, "the host is replaced")
    assert value(server, "provider_host_restarts_total", cause="crash") == 1
    assert value(server, "provider_host_call_errors_total", kind="host_crashed") == 1


def test_a_client_that_went_away_is_counted_as_499(server):
    with server.wire() as wire:
        wire.post("/v1/call", {"prompt": "wait gone"})
        server.place.wait_for_start("gone")
    requests = "provider_host_http_requests_total"
    server.place.wait_for_end("gone")
    assert value(server, requests, route="call", code="499") == 1
    kinds = "provider_host_call_errors_total"
    wait_until(lambda: value(server, kinds, kind="cancelled") == 1, "the call is cancelled")
