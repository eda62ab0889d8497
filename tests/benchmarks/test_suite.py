"""What scripts/bench concludes from its measurements."""

import sys

import pytest
from suite import batch_memory, cluster, detection, evals, http_client, http_load, line_parts, ratios, serving
from suite import start, throughput
from suite.growth import Curve
from suite.http_server import HttpServer
from suite.ratios import RATIOS, Ratio
from suite.runner import Failed, Runner, measure_in_turn
from suite.setting import Setting

QUICK = """
import sys
print("ready", flush=True)
for number, line in enumerate(sys.stdin):
    print([float(number)] * int(line), flush=True)
"""


def runner(name, code, count=2):
    return Runner(name, [sys.executable, "-c", code], count)


def curve(points):
    return Curve("c", "load", "script", "call", [], [{"n": n, "us": us, "bytes": 0} for n, us in points])


def test_runners_are_measured_in_turn_and_the_first_round_is_not_counted():
    one, two = runner("one", QUICK), runner("two", QUICK)
    order = []
    measure_in_turn([one, two], 3, order.append)
    assert order == ["one", "two", "two", "one", "one", "two", "two", "one"]
    assert one.samples == two.samples == [1, 1, 2, 2, 3, 3]
    assert one.median == 2
    assert one.summary()["count"] == 6


DIES_AT_ONCE = "raise SystemExit('no such thing')"
DIES_WHEN_ASKED = "import sys\nprint('ready', flush=True)\ninput()\nsys.exit('no such thing')"
RESPONDS_WITH_NO_JSON = """
import sys
print("ready", flush=True)
input()
print("no such thing", file=sys.stderr)
print("[1,", flush=True)
"""


@pytest.mark.parametrize("code", [DIES_AT_ONCE, DIES_WHEN_ASKED, RESPONDS_WITH_NO_JSON])
def test_a_runner_that_fails_is_reported_with_its_stderr_and_the_others_go_on(code):
    broken, fine = runner("broken", code), runner("fine", QUICK)
    measure_in_turn([broken, fine], 2, lambda name: None)
    assert "no such thing" in broken.failure
    assert broken.samples == []
    assert fine.failure is None
    assert len(fine.samples) == 4


@pytest.mark.parametrize(
    ("goal", "ours", "theirs", "holds"), [("≤ 1.5", 3, 2, True), ("≤ 1.4", 3, 2, False), ("≥ 20,000", 1, 2, False)]
)
def test_a_goal_is_a_bound_of_the_ratio(goal, ours, theirs, holds):
    entry = Ratio("r", "ours", "theirs", "ours", goal).entry({"ours": ours, "theirs": theirs})
    assert entry["ratio"] == ours / theirs
    assert (entry["ours"], entry["theirs"]) == (ours, theirs)
    assert entry["holds"] is holds


def test_a_ratio_may_have_ours_below():
    entry = Ratio("r", "theirs", "ours", "ours", "≥ 2").entry({"ours": 2, "theirs": 10})
    assert (entry["ratio"], entry["ours"], entry["theirs"], entry["holds"]) == (5, 2, 10, True)


def test_rates_and_sums_are_made_of_durations():
    assert ratios.values_of({"write, ours": 700, "read, ours": 600})["embedding, ours"] == 1300
    values = throughput.values_of({"ours, 64 in flight, a call": 4, throughput.OF_HOSTS[1]: 10})
    assert values["ours, 64 in flight"] == 250_000
    assert values["rate, 1 host"] == 100_000
    assert "rate, 64 hosts" not in values


def test_the_names_of_the_ratios_are_unique():
    compared = [*RATIOS, *throughput.RATIOS, throughput.MEMORY_RATIO, *serving.RATIOS, *cluster.RATIOS, *start.RATIOS]
    names = [ratio.name for ratio in compared]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("part", [ratios, throughput])
def test_every_ratio_is_of_runners_that_are_measured(part, tmp_path):
    setting = Setting(tmp_path / "bin", "python3", sys.executable, tmp_path, False, tmp_path)
    names = [one.name for _, _, runners in part.groups(setting) for one in runners]
    assert len(set(names)) == len(names)
    values = part.values_of(dict.fromkeys(names, 10)) | {"host's memory": 1, "python's memory": 1}
    for ratio in part.RATIOS:
        ratio.entry(values)


def test_every_ratio_of_a_cluster_is_of_runners_that_are_measured(tmp_path):
    setting = Setting(tmp_path / "bin", "python3", sys.executable, tmp_path, False, None)
    runners = [one for _, _, _, runners in cluster.groups(setting) for one in runners]
    assert all("ADDRESS" in one.command for one in runners)
    values = cluster.values_of({one.name: 10 for one in runners})
    for ratio in cluster.RATIOS:
        ratio.entry(values)


@pytest.mark.parametrize("quick", [True, False])
def test_every_ratio_of_starts_is_of_what_is_measured(quick, tmp_path):
    setting = Setting(tmp_path / "bin", "python3", sys.executable, tmp_path, quick, None)
    names = [one.name for _, _, runners in start.groups(setting) for one in runners]
    assert len(set(names)) == len(names)
    numbers = {"pss": 10}
    runs = [{"data": data, "how": how, "hosts": hosts} | numbers for data, how, hosts, *_ in start.memory_runs(setting)]
    measured = [run | {"calls": calls} for run in runs for calls in (0, *start.CALLS)]
    values = start.values_of(dict.fromkeys(names, 10), measured)
    for ratio in start.RATIOS:
        ratio.entry(values)
    for ours, theirs, _ in start.pairs(values).values():
        assert ours in values and theirs in values


def test_a_crash_is_measured_from_when_it_was_known_and_from_its_call():
    code = "print('ready', flush=True)\nfor line in iter(input, ''): print([[float(line), 9.0]], flush=True)"
    one = start.CrashRunner("one", [sys.executable, "-c", code], 3)
    measure_in_turn([one], 2, lambda name: None)
    assert one.samples == [3, 3]
    summary = start.from_calls([one])["one, from the call"]
    assert (summary["median"], summary["count"]) == (9, 2)


def test_memory_is_a_row_for_each_number_of_hosts():
    run = {"data": "d", "how": "preload", "hosts": 4}
    measured = [run | {"calls": 0, "pss": 1234.4}, run | {"calls": start.CALLS[-1], "pss": 1240.6}]
    assert list(start.memory_rows(measured)) == [("d", "preload", "4", "1,234", "", "1,241")]


def test_what_needs_a_package_that_is_not_there_is_missing(tmp_path, monkeypatch):
    setting = Setting(tmp_path / "bin", "python3", sys.executable, tmp_path, False, None)
    absent = {"d": ("shared_model", ["no_such_package"], 1, (1,))}
    monkeypatch.setattr(start, "DATA", absent)
    missing = {}
    assert start.measure_memory(setting, missing, lambda name: None) == []
    assert len(missing) == 3
    assert all("no_such_package is not installed" in reason for reason in missing.values())


@pytest.mark.parametrize("part", [ratios, throughput])
def test_what_is_ours_is_measured_of_a_baseline_too(part, tmp_path):
    setting = Setting(tmp_path / "bin", "python3", sys.executable, tmp_path, False, tmp_path, tmp_path / "old" / "bin")
    runners = [one for _, _, runners in ratios.with_baseline(part.groups, setting) for one in runners]
    twins = {one.name.removeprefix(ratios.BEFORE) for one in runners if one.name.startswith(ratios.BEFORE)}
    assert {ratio.ours for ratio in part.RATIOS} - set(part.values_of(dict.fromkeys(twins, 10))) <= {"host's memory"}
    assert not twins & {"asyncio.gather, a call", "ping-pong 256 B", "loky"}


def test_a_ratio_of_the_baseline_has_its_values_in_place_of_ours():
    medians = {"ours 256 B": 10, "loky": 100, "before: ours 256 B": 20}
    assert ratios.before(medians)["ours 256 B"] == 20
    assert ratios.before(medians)["loky"] == 100
    assert ratios.before({"loky": 100}) == {}


def sample(comm, *frames):
    head = f"{comm} 10/11 5.000001: 1000000 cpu-clock:\n"
    return head + "\n".join(f"\t7f00 {name} ({where})" for name, where in frames) + "\n"


KERNEL, POOL_THREAD = "[kernel.kallsyms]", "provider_host::internal::Reactor::run"


@pytest.mark.parametrize(
    ("comm", "frames", "part"),
    [
        ("provider-host", [("provider_host::internal::Dispatcher::dispatch", "/x")], line_parts.POOL),
        ("provider-host", [("malloc", "libc"), ("provider_host::cli::output_record", "/x")], line_parts.WRITTEN),
        ("provider-host", [("malloc", "libc"), ("provider_host::cli::BatchRun::accept", "/x")], line_parts.READING),
        ("provider-host", [("provider_host::cli::Window::add", "/x"), (POOL_THREAD, "/x")], line_parts.READING),
        ("provider-host", [(POOL_THREAD, "/x"), ("provider_host::cli::main", "/x")], line_parts.POOL),
        ("provider-host-p", [("PyDict_New", "libpython")], line_parts.HOST),
        ("provider-host-p", [("do_sched_yield", KERNEL), ("sched_yield", "libc")], "spinning"),
        ("provider-host", [("schedule", KERNEL), ("__libc_sendmsg", "libc")], "sockets"),
        ("provider-host", [("schedule", KERNEL), ("__GI___lll_lock_wake", "libc")], "waking and waiting"),
        ("provider-host", [("ext4_write", KERNEL), ("write", "libc")], line_parts.KERNEL_REST),
        ("bash", [("main", "bash")], None),
    ],
)
def test_a_sample_counts_as_the_part_that_its_stack_names(comm, frames, part):
    found, ns = line_parts.part_of(sample(comm, *frames))
    assert found == part
    assert part is None or (part in line_parts.PARTS and ns == 1_000_000)


def test_the_memory_of_a_batch_is_compared_after_a_tenth_of_the_lines():
    points = [{"n": n, "parent": 10 + n / 100, "host": 5} for n in range(5, 101, 5)]
    assert batch_memory.values_of(points) == {"batch, a tenth of them": 15.1, "batch, all lines": 16}
    assert batch_memory.values_of([]) == {}


@pytest.mark.parametrize(
    ("points", "exponent"),
    [([(1, 5), (10, 5), (100, 5)], 0), ([(1, 1), (10, 10), (100, 100)], 1), ([(1, 4), (4, 2), (16, 1)], -0.5)],
)
def test_an_exponent_tells_how_the_cost_of_a_unit_grows(points, exponent):
    assert curve(points).exponent("us") == pytest.approx(exponent)


def test_an_exponent_may_be_that_of_the_largest_loads():
    falls_then_rises = curve([(1, 100), (10, 1), (100, 10), (1000, 100)])
    assert falls_then_rises.exponent("us", 2) == pytest.approx(1)
    assert falls_then_rises.exponent("us") < 0.2


def test_an_exponent_needs_two_points():
    assert curve([(1, 5)]).exponent("us") is None
    assert curve([(1, 5), (2, 5)]).exponent("bytes") is None


def test_a_detection_is_judged_by_its_median():
    entry = detection.entry("a death, to the caller", [1, 2, 900])
    assert (entry["median"], entry["worst"], entry["count"]) == (2, 900, 3)
    assert (entry["goal"], entry["holds"]) == ("< 50 ms", True)
    assert detection.entry("a stopped host, after its timeout", [60.0])["holds"] is False


def test_a_new_host_has_no_goal_for_its_detection():
    entry = detection.entry("a death, to the next response", [80, 90])
    assert (entry["goal"], entry["holds"]) == (None, None)


def test_an_eval_compares_each_way_to_run_it_with_promptfoos_own():
    theirs, ours = evals.Arm(evals.THEIRS, "echo", {}), evals.Arm(evals.DROP_IN, "echo", {})
    failed = evals.Arm(evals.PACKAGE, "echo", {}, failure="no such thing")
    theirs.seconds, ours.seconds = [40, 30, 20], [5, 6, 4]
    results = {"evals": [], "ratios": [], "samples": {}, "missing": {}}
    one = evals.Eval("60 assertions, import of 1 s", 60, 4, [theirs, ours, failed])
    assert evals.conclude([one], [], results) == {}
    assert [(entry["who"], entry["median"], entry["theirs_over"]) for entry in results["evals"]] == [
        (evals.THEIRS, 30, 1),
        (evals.DROP_IN, 5, 6),
    ]
    [ratio] = results["ratios"]
    assert (ratio["name"], ratio["ratio"], ratio["holds"]) == ("promptfoo_assertions_over_ours", 6, True)
    assert results["missing"][f"{one.name}, {evals.PACKAGE}"] == "no such thing"
    assert "promptfoo_provider_latency_over_ours" in results["missing"]


def test_evals_are_what_promptfoo_reads():
    one = evals.Eval("e", 2, 4, [], [{"type": "python", "value": "file://a.py"}])
    config = one.config(evals.Arm("who", "echo", {}))
    assert config["providers"] == ["echo"] and config["defaultTest"] == {"assert": one.assertions}
    assert [test["vars"] for test in config["tests"]] == [{"number": 0}, {"number": 1}]


def test_without_promptfoo_it_is_said_how_to_install_it(tmp_path):
    with pytest.raises(Failed, match="scripts/install-deps promptfoo"):
        evals.Promptfoo.installed(Setting(tmp_path / "bin", "", "", tmp_path, True, None))


WRK = """Running 2s test @ http://127.0.0.1:8000/v1/chat/completions
  1 threads and 64 connections
Requests/sec:  500.00
{"requests": 1000, "us": 2000000, "p50": 5250, "p99": 10500, "errors": {"connect": 0, "timeout": 0, "status": 0}}
"""


def test_a_load_is_what_wrk_has_counted():
    load = http_load.parse(WRK)
    assert (load.rate, load.p50, load.p99) == (500, 5.25, 10.5)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (WRK.replace('"status": 0', '"status": 7'), "of 1,000 requests these failed: {'status': 7}"),
        (WRK.replace("1000", "0"), "no request was answered"),
        ("unable to connect to 127.0.0.1:8000", "measured nothing: unable to connect"),
    ],
)
def test_a_load_with_failed_requests_is_no_measurement(output, reason):
    with pytest.raises(Failed, match=reason):
        http_load.parse(output)


def test_a_response_is_complete_when_its_length_or_its_last_chunk_has_come():
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"
    assert [http_client.is_complete(head[:-2]), http_client.is_complete(head + b"{}")] == [False, False]
    assert http_client.is_complete(head + b"{{}}")
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
    assert not http_client.is_complete(chunked)
    assert http_client.is_complete(chunked + b"0\r\n\r\n")


def served(name, rates, first_token=None):
    one = serving.Served(HttpServer(name, []))
    one.loads = {connections: [http_load.Load(rate, 10, 20) for rate in rates] for connections in (1, 64)}
    if first_token is not None:
        one.first_tokens = [first_token]
    return one.values()


def test_servers_are_compared_by_the_medians_of_their_rounds():
    values = served(serving.OURS, [500, 100, 600], 0.75) | served(serving.UVICORN, [90, 100, 110])
    values |= served(serving.LITSERVE, [1]) | {serving.value_name(serving.POOL, "first token"): 0.5}
    latency, rate, first = (ratio.entry(values) for ratio in serving.RATIOS)
    assert (latency["name"], latency["ratio"], latency["holds"]) == ("litserve_latency_over_ours", 1, False)
    assert (rate["name"], rate["ratio"], rate["holds"]) == ("ours_over_uvicorn_rate", 5, True)
    assert (first["ratio"], first["ours"], first["theirs"], first["holds"]) == (0.25, 0.75, 0.5, True)
    assert serving.load_entries(values)[0] == {"who": serving.OURS, "connections": 1, "rate": 500, "p50": 10, "p99": 20}
    assert [one["who"] for one in serving.stream_entries(values)] == [serving.POOL, serving.OURS]


def test_a_server_that_is_ahead_of_ours_is_named_with_both_values():
    values = served(serving.OURS, [500], 2) | served(serving.UVICORN, [600], 1) | served(serving.RAY, [400], 3)
    assert serving.peers_ahead(values) == {
        "requests/s, connections: 1, FastAPI and uvicorn": "600 requests/s, ours 500",
        "requests/s, connections: 64, FastAPI and uvicorn": "600 requests/s, ours 500",
        "first token, FastAPI and uvicorn": "1 ms, ours 2",
    }


def test_a_server_that_does_not_start_is_missing_with_its_output_and_the_others_are_measured():
    broken = HttpServer("broken", [sys.executable, "-c", "raise SystemExit('no such thing')"])
    fine = HttpServer("fine", [sys.executable, "-c", ANSWERS, "{port}"])
    missing = {}
    with serving.running([broken, fine], "{}", "an answer", missing, lambda text: None) as started:
        assert [one.name for one in started] == ["fine"]
        assert started[0].server.memory() > 1
    assert "no such thing" in missing["broken"]


ANSWERS = """
import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "9")
        self.end_headers()
        self.wfile.write(b"an answer")


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
