"""The live page when its server wants a key, goes away, or falls silent."""

import pytest
from selenium.webdriver.common.keys import Keys
from snapshots import snapshot

pytestmark = pytest.mark.xdist_group("browser")


def test_a_server_with_a_key_is_asked_with_it(page, server):
    server.key = "se cret"
    server.snapshot = snapshot()
    page.open(server, "Key needed")
    assert not page.find("main").is_displayed()
    assert page.focused() == "key"
    assert page.find("#key").accessible_name == "API key"
    assert page.find("#key").get_attribute("type") == "password"
    page.press(Keys.ENTER)
    page.wait_for("#key-problem", "Write the key first.")
    page.press("wrong", Keys.ENTER)
    page.wait_for("#key-problem", "The server does not accept this key.")
    page.press("se cret", Keys.ENTER)
    page.wait_for("#connection", "Live")
    assert page.find("main").is_displayed() and not page.find("#key-panel").is_displayed()
    assert page.run("return [sessionStorage.length, localStorage.length, document.cookie]") == [1, 0, ""]
    page.open(server)  # the key is still known
    server.key = "another"
    server.go_down()
    server.come_back()
    page.wait_for("#connection", "Key needed")
    page.wait_for("#status", "Status unknown")


def test_a_key_that_no_header_can_carry(page, server):
    server.key = "key"
    server.snapshot = snapshot()
    page.open(server, "Key needed")
    page.press("schlüssel…", Keys.ENTER)
    page.wait_for("#key-problem", "only letters, digits and signs of ASCII")
    page.find("#key").clear()
    page.find("#key").send_keys("key", Keys.ENTER)
    page.wait_for("#connection", "Live")


def test_a_lost_connection_is_seen_and_comes_back(page, server):
    server.snapshot = snapshot(done=1000)
    page.open(server)
    server.go_down()
    page.wait_for("#connection", "Not connected")
    page.wait_for("#notice", "Next attempt")
    assert "Connection lost." in page.text("#notice") and "The numbers are from" in page.text("#notice")
    assert page.text("#status") == "Status unknown"
    assert page.browser.title.startswith("Connection lost")
    assert page.find("#announcement").get_attribute("textContent") == "Connection lost"
    page.wait(lambda: page.run("return getComputedStyle(document.querySelector('main > section')).opacity") < "0.8")
    server.come_back()
    server.show(snapshot(seconds=120, done=2000))
    page.try_now()
    page.wait_for("#connection", "Live")
    assert page.text("#status") == "Ready" and not page.find("#notice").is_displayed()
    page.wait(lambda: page.tile("Calls").startswith("2,010 "))
    assert page.find("#announcement").get_attribute("textContent") == "Server is ready"


def test_it_connects_again_by_itself(page, server):
    server.snapshot = snapshot()
    server.is_down = True
    page.open(server, "Not connected")
    assert "HTTP 503" in page.text("#notice") and "There are no numbers yet." in page.text("#notice")
    server.come_back()
    page.wait_for("#connection", "Live")


def test_a_server_that_falls_silent_counts_as_lost(page, server):
    server.snapshot = snapshot()
    page.open(server)
    page.run("performance.now = () => 60000")
    page.wait_for("#notice", "Nothing came for 5 seconds.")
    page.wait_for("#connection", "Live")
