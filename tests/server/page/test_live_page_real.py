"""The live page of a real server with real hosts."""

import pytest
from real_server import EXECUTABLE, RealServer
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def start(tmp_path):
    if not EXECUTABLE.exists():
        pytest.fail(f"there is no {EXECUTABLE}; build it, or set PROVIDER_HOST_BIN")
    servers = []

    def start(*options):
        servers.append(RealServer(tmp_path, *options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def test_failures_and_restarts_are_shown(page, start):
    server = start("--workers", "2")
    page.open(server)
    page.wait_for("#status", "Ready")  # as soon as one host is
    page.wait(lambda: "2 of 2 ready" in page.panel("Hosts").text)
    for prompt in ["now", "raise", "crash"]:
        server.call(prompt)
    page.wait(lambda: page.tile("Calls") == "3 | 2 failed, 66.7 %")
    page.wait(lambda: page.rows("#restarts") == [["crash", "", "1"]])
    page.wait(lambda: len(page.find_all("#failures summary")) == 2)
    assert sorted(page.rows("#errors")) == [["host_crashed", "", "1"], ["python_exception", "", "1"]]
    crashed, raised = page.find_all("#failures summary")
    assert "host_crashed" in crashed.text and "python_exception\nthe prompt has" in raised.text
    crashed.send_keys(Keys.ENTER)
    page.wait(lambda: page.find_all("#failures pre"))
    assert "in tokenize" in page.text("#failures pre") and "is damaged" in page.text("#failures .more")
    page.wait_for("#log", "was killed by SIGSEGV")
    page.wait(lambda: "2 of 2 ready" in page.panel("Hosts").text)


def test_a_prompt_streams_and_stops(page, start):
    server = start("--workers", "1")
    page.open(server)
    page.find("#prompt").send_keys("hello page")
    page.find("#send").click()
    page.wait_for("#answer-state", "Done, 4 items")
    assert page.text("#answer-text").strip() == "You said: hello page"
    page.find("#prompt").clear()
    page.find("#prompt").send_keys("forever")
    page.press_with_control(Keys.ENTER)
    page.wait_for("#answer-text", "again again")
    page.find("#stop").click()
    page.wait_for("#answer-state", "Stopped after")
    assert server.call("now")["ok"]  # the only host is free again


def test_the_key_of_the_server_is_asked_for(page, start):
    server = start("--api-key", "s3cret")
    page.open(server, "Key needed")
    page.press("s3cret", Keys.ENTER)
    page.wait_for("#connection", "Live")
    page.find("#prompt").send_keys("now")
    page.find("#send").click()
    page.wait_for("#answer-state", "Done")


def test_a_server_that_ends_is_lost(page, start):
    server = start("--workers", "1")
    page.open(server)
    server.close()
    page.wait_for("#connection", "Not connected")
