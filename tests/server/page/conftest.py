"""One browser for all tests of the live page: Debian's chromium and chromium-driver, through selenium."""

import shutil

import pytest
from fake_server import FakeServer
from live_page import LivePage
from selenium import webdriver

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
             "--force-prefers-reduced-motion"]


def start_browser(directory):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in [*ARGUMENTS, f"--user-data-dir={directory}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        pytest.skip("the live page is tested in a browser: no chromium and chromium-driver")
    browser = start_browser(tmp_path_factory.mktemp("chromium"))
    # No silence, however late a server is on a busy machine: time passes when a test says so.
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": "performance.now = () => 0"})
    yield browser
    browser.quit()


@pytest.fixture
def server():
    server = FakeServer()
    yield server
    server.close()


@pytest.fixture
def page(browser):
    """Not opened yet. Afterwards: the script has raised nothing and the policy has forbidden nothing."""
    page = LivePage(browser)
    yield page
    messages = [entry for entry in browser.get_log("browser") if entry["source"] != "network"]
    page.leave()
    assert messages == []
