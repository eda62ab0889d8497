"""What the live page shows of the snapshots that a server sends."""

import pytest
from selenium.webdriver.common.keys import Keys
from snapshots import STACK, STARTED, STDERR, TRACEBACK, failure, host, latency, snapshot

pytestmark = pytest.mark.xdist_group("browser")
MARKUP = "<img src=x onerror='document.title=1'><b>bold</b>"


def test_the_header_says_what_runs_and_whether_it_is_ready(page, server):
    server.snapshot = snapshot(seconds=2 * 3600 + 360)
    page.open(server)
    assert page.text("#status") == "Ready"
    assert " ".join(page.text("header .bar").split()) == (
        "Provider Host Ready /srv/providers/support_bot.py Model support_bot Version 1.4.0 Up for 2 h 6 min Live")
    assert page.browser.title == "ready · support_bot.py"
    server.show(snapshot(seconds=8000, status="draining"))
    page.wait_for("#status", "Draining")
    assert page.find("#announcement").get_attribute("textContent") == "Server is draining"


def test_key_figures(page, server):
    server.snapshot = snapshot(done=1000)
    page.open(server)
    assert page.tile("In flight") == "2 calls | 2 of 3 hosts busy"
    assert page.tile("Queue") == "7 waiting | p99 of the wait 6 ms"
    assert page.tile("Calls") == "1,010 | 13 failed, 1.3 %"
    assert page.tile("Restarts") == "3 | ready again in 212 ms"
    assert page.tile("HTTP requests") == "1,012 | 5 connections, 2 active"


def test_the_rate_is_what_was_completed_between_snapshots(page, server):
    server.snapshot = snapshot(seconds=100, done=1000)
    page.open(server)
    assert page.tile("Rate") == "– calls/s | after the next snapshot"
    server.show(snapshot(seconds=102, done=1500))
    page.wait(lambda: page.tile("Rate") == "250 calls/s | 0 failed/s, peak 250")
    assert page.find("#tiles figure").accessible_name == (
        "Rate over the last 2 s: now 250 calls per second, at most 250")
    server.show(snapshot(seconds=103, done=40))  # another pool, after a reload
    page.wait(lambda: page.tile("Calls").startswith("50 "))
    assert page.tile("Rate").startswith("250 calls/s")


def test_history_begins_anew_when_the_server_was_restarted(page, server):
    server.snapshot = snapshot(seconds=100, done=1000)
    page.open(server)
    server.show(snapshot(seconds=101, done=1100))
    page.wait(lambda: page.tile("Rate").startswith("100 calls/s"))
    server.show(snapshot(seconds=110, done=5, started=STARTED + 109))
    page.wait(lambda: page.tile("Rate") == "– calls/s | after the next snapshot")


def test_hosts_and_the_three_levels_of_their_health(page, server):
    states = snapshot()
    stuck = {"process": "alive", "gil_ms": 1500.0, "gil_taken": False, "loop_ms": 20.0, "loop_turned": False}
    states["pool"]["hosts"] = [
        host(1),
        host(2, health=stuck),
        host(3, state="down", pid=0, rss=0, in_flight=0, health={"process": "down"}),
    ]
    server.snapshot = states
    page.open(server)
    assert page.rows("table.hosts") == [
        ["1", "41871", "ready", "alive", "took 80 µs", "took 310 µs", "1", "301", "0", "61 MiB"],
        ["2", "41872", "ready", "alive", "stuck 1.5 s", "stuck 20 ms", "1", "302", "0", "62 MiB"],
        ["3", "–", "down", "down", "not probed", "not probed", "0", "303", "0", "–"],
    ]
    assert "2 of 3 ready, 123 MiB together" in page.panel("Hosts").text
    marks = page.run("return [...document.querySelectorAll('.hosts tbody .mark')].map(mark => mark.className.slice(5))")
    assert marks == ["ok"] * 4 + ["ok", "ok", "bad", "warn"] + ["bad", "bad", "none", "none"]
    colours = {page.run("return getComputedStyle(document.querySelector(arguments[0])).color", f".hosts .mark.{kind}")
               for kind in ["ok", "warn", "bad", "none"]}
    assert len(colours) == 4


def test_memory_of_a_host_over_time(page, server):
    server.snapshot = snapshot(seconds=100)
    page.open(server)
    for seconds, mebibytes in [(110, 90), (120, 70)]:
        later = snapshot(seconds=seconds)
        later["pool"]["hosts"][0]["rss"] = mebibytes << 20
        server.show(later)
        page.wait(lambda wanted=f"{mebibytes} MiB": page.rows("table.hosts")[0][9] == wanted)
    figure = page.find(".hosts tbody tr:first-child figure")
    assert figure.accessible_name == "Memory over the last 20 s: between 61 MiB and 90 MiB"


def test_latency_as_a_histogram_with_percentiles(page, server):
    server.snapshot = snapshot(seconds=100, latency=latency([0, 0, 0, 90, 9, 0, 1]))
    page.open(server)
    assert "100 requests: p50 7.78 ms, p99 25 ms" in page.panel("Latency").text
    assert [row[0] + " " + " ".join(row[1:]).replace("\n", " ") for row in page.rows("#latency")] == [
        "≤ 5 ms  0", "≤ 10 ms p50 90", "≤ 25 ms p99 9", "≤ 50 ms  0", "≤ 100 ms  1", "≤ 250 ms  0"]
    server.show(snapshot(seconds=101, latency=latency([0, 0, 0, 90, 9, 0, 1, 4])))
    page.wait(lambda: "4 requests: p50" in page.panel("Latency").text)  # since the snapshot before
    page.find("[value=start]").click()
    page.wait(lambda: "104 requests: p50 7.89 ms" in page.panel("Latency").text)
    assert "mean 20 ms" in page.panel("Latency").text
    server.show(snapshot(seconds=102, latency=latency([0] * 15 + [3])))
    page.wait(lambda: "3 requests: p50 > 60 s, p99 > 60 s" in page.panel("Latency").text)


def test_errors_restarts_and_responses_are_counted(page, server):
    server.snapshot = snapshot()
    page.open(server)
    assert page.rows("#errors") == [["python_exception", "", "8"], ["timeout", "", "3"], ["host_crashed", "", "2"]]
    assert page.rows("#restarts") == [["crash", "", "2"], ["unresponsive", "", "1"]]
    assert page.rows("#responses") == [["200", "", "987"], ["422", "", "8"], ["504", "", "3"], ["502", "", "2"]]
    assert "13 calls" in page.panel("Errors by kind").text
    assert "crash to ready p99 77 ms" in page.panel("Restarts by cause").text
    widths = page.run("return [...document.querySelectorAll('#errors .fill')].map(bar => bar.style.width)")
    assert widths == ["100%", "37.5%", "25%"]


def test_a_failure_opens_by_keyboard_and_stays_open(page, server):
    server.snapshot = snapshot()
    page.open(server)
    first, second = page.find_all("#failures summary")
    assert "python_exception\nthe model said no\nhost 1" in first.text
    assert "host_crashed\nhost 2 (pid 41860) was killed by SIGSEGV" in second.text
    second.send_keys(Keys.ENTER)
    page.wait(lambda: page.find_all("#failures pre"))
    assert [node.get_attribute("textContent") for node in page.find_all("#failures pre")] == [STACK, STDERR]
    more = " ".join(page.text("#failures .more .fields").split())
    assert more == ("Request req_a1 Path /v1/call HTTP status 502 Host 2 PID 41872 Signal 11 Peak memory 91 MiB "
                    "Likely cause killed from outside Crashes 1")
    newer = snapshot(seconds=110)
    slow = failure(STARTED + 105, "req_c3", {"kind": "timeout", "message": "too slow"}, 504)
    newer["failures"] = [slow, *server.snapshot["failures"]]
    server.show(newer)
    page.wait(lambda: len(page.find_all("#failures summary")) == 3)
    assert [node.get_attribute("open") for node in page.find_all("#failures details")] == [None, None, "true"]
    assert page.focused() == second.text.split("\n")[0]
    page.find_all("#failures summary")[1].send_keys(Keys.SPACE)
    page.wait(lambda: TRACEBACK in [node.get_attribute("textContent") for node in page.find_all("#failures pre")])


def test_messages_of_the_pool(page, server):
    server.snapshot = snapshot()
    page.open(server)
    first, last = [" ".join(item.text.split()) for item in page.find_all("#log li")]
    assert "error host 2 (pid 41860) was killed by SIGSEGV" in first and "the next one is started" in first
    assert last.endswith("info host 1 is ready")


def test_empty_states_are_words(page, server):
    server.snapshot = {"status": "starting", "pool": {"hosts": [], "errors_by_kind": {}}, "failures": [], "log": []}
    page.open(server)
    text = page.text("main")
    for words in ["No hosts now.", "No request has failed.", "No request yet.", "No call has failed.",
                  "No host was restarted.", "No response yet.", "The pool has said nothing."]:
        assert words in text


ODD = [
    {}, [], None, 5, "text", {"pool": 5, "http": [], "latency": "x", "failures": {}, "log": 7},
    {"time": "now", "started": {}, "status": 5, "script": ["a"], "version": 1},
    {"pool": {"hosts": [None, 3, {}, {"number": "1", "health": 7, "rss": "much"}]}},
    {"time": 1e300, "started": -1e300, "pool": {"queued": -1, "submitted": 1e308, "succeeded": "9", "failed": None}},
    {"time": 5, "started": 9},
    {"latency": {"buckets": [{"le": 1, "count": 5}, {"le": None}, {"le": "x", "count": 1}, None], "count": 0}},
    {"latency": {"buckets": [{"le": None, "count": 3}], "count": 3}, "http": {"by_status": {"200": "many", "404": 1}}},
    {"failures": [None, {}, {"error": 3}, {"time": 1e20, "error": {"kind": 5, "message": {"a": 1}}}]},
    {"log": [{}, 3, {"text": 5, "time": None}]},
]


def test_odd_data_shows_no_nonsense(page, server):
    server.snapshot = snapshot()
    page.open(server)
    for i, odd in enumerate(ODD):
        server.show(odd)
        server.show({**(odd if isinstance(odd, dict) else {}), "model": f"odd {i}"})
        page.wait_for("#model", f"odd {i}")
        for summary in page.find_all("#failures summary"):
            summary.click()
        shown = page.run("const all = (what) => [...document.querySelectorAll(what)];"
                         "return [document.body.innerText, ...all('[aria-label]').map(node => node.ariaLabel),"
                         " ...all('.chart path').map(path => path.getAttribute('d'))].join()")
        for nonsense in ["NaN", "Infinity", "∞", "undefined", "[object", "null"]:
            assert nonsense not in shown, odd
    server.show("no JSON")
    server.show(snapshot(seconds=300))
    page.wait_for("#model", "support_bot")


def test_what_the_server_sends_is_text(page, server):
    evil = snapshot(script=MARKUP, model=MARKUP, version=MARKUP)
    evil["pool"]["errors_by_kind"] = {MARKUP: 1}
    evil["pool"]["hosts"][0]["state"] = MARKUP
    error = {"kind": MARKUP, "message": MARKUP, "traceback": MARKUP, MARKUP: MARKUP}
    evil["failures"] = [failure(STARTED, MARKUP, error, 422)]
    evil["log"] = [{"time": STARTED, "level": MARKUP, "text": MARKUP}]
    server.snapshot = evil
    page.open(server)
    page.find("#failures summary").click()
    page.wait(lambda: page.find_all("#failures pre"))
    assert page.text("#script") == page.text("#model") == page.text("#failures pre") == MARKUP
    assert page.find_all("img, b") == []


def test_only_the_server_itself_is_asked(page, server):
    server.snapshot = snapshot()
    page.open(server)
    requested = [address for address in page.requested() if not address.startswith("data:")]
    assert requested == [server.url, server.url + "events"]
