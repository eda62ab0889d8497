"""The box of the live page that tries a prompt."""

import pytest
from fake_server import UNTIL_GONE, WAIT
from selenium.webdriver.common.keys import Keys
from snapshots import TRACEBACK, snapshot

pytestmark = pytest.mark.xdist_group("browser")
MARKUP = "<img src=x onerror='document.title=1'><b>bold</b>"


@pytest.fixture
def opened(page, server):
    server.snapshot = snapshot()
    return page.open(server)


def write(page, prompt, options=""):
    for name, words in [("prompt", prompt), ("options", options)]:
        page.find(f"#{name}").clear()
        page.find(f"#{name}").send_keys(words)


def test_items_are_shown_as_they_come(opened, server):
    server.answer_call({"item": "Hel"}, {"item": {"output": "lo "}}, WAIT,
                       {"item": {"choices": [{"delta": {"content": "wor"}}]}}, {"item": {"choices": [{"text": "ld"}]}},
                       {"item": {"choices": []}}, {"ok": True, "result": {"output": "Hello world"}})
    write(opened, "Say it", '{"config": {"temperature": 0}}')
    opened.find("#send").click()
    opened.wait(lambda: opened.text("#answer-text") == "Hello ")
    assert opened.text("#answer-state") == "Running…"
    server.may_go_on.set()
    opened.wait_for("#answer-state", "Done, 5 items, ")
    assert opened.text("#answer-text") == "Hello world"
    assert server.calls.get() == {"prompt": "Say it", "options": {"config": {"temperature": 0}}, "stream": True}
    opened.find("#answer details summary").click()
    assert opened.text("#answer details pre") == '{\n  "output": "Hello world"\n}'


def test_stop_closes_the_connection(opened, server):
    server.answer_call({"item": "first"}, UNTIL_GONE)
    write(opened, "Go on forever")
    opened.press_with_control(Keys.ENTER)  # from the options, too
    opened.wait(lambda: opened.text("#answer-text") == "first")
    assert opened.find("#stop").get_attribute("aria-disabled") == "false"
    server.closed.clear()
    opened.find("#stop").click()
    assert server.closed.wait(20)
    opened.wait_for("#answer-state", "Stopped after 1 item")
    assert opened.find("#stop").get_attribute("aria-disabled") == "true"


def test_a_prompt_is_sent_once_while_it_runs(opened, server):
    server.answer_call(WAIT, {"ok": True, "result": {"output": "one"}})
    write(opened, "Once")
    for _ in range(3):
        opened.press_with_control(Keys.ENTER)
    opened.wait_for("#answer-state", "Running…")
    server.may_go_on.set()
    opened.wait_for("#answer-state", "Done")
    assert opened.text("#answer-text") == "one"
    assert server.calls.qsize() == 1


def test_a_result_without_items(opened, server):
    write(opened, "x")
    for result, shown in [({"output": "plain"}, "plain"), ({"output": [1]}, '{\n  "output": [\n    1\n  ]\n}'),
                          ("words", "words"), (0, "0")]:
        server.answer_call({"ok": True, "result": result})
        opened.find("#send").click()
        opened.wait(lambda wanted=shown: opened.text("#answer-text") == wanted)


def test_an_error_is_shown_with_its_traceback(opened, server):
    error = {"kind": "python_exception", "message": MARKUP, "type": "ValueError", "traceback": TRACEBACK}
    server.answer_call({"item": MARKUP}, {"ok": False, "error": error})
    write(opened, MARKUP)
    opened.find("#send").click()
    opened.wait_for("#answer-state", "Failed")
    assert opened.text("#answer-text") == MARKUP
    assert f"python_exception {MARKUP}" in opened.text("#answer-more")
    assert opened.find("#answer-more pre").get_attribute("textContent") == TRACEBACK
    assert opened.find_all("img, b") == []


def test_other_ways_to_fail(opened, server):
    write(opened, "x")
    server.answer_call({"ok": True, "result": {"error": "no credit left"}})
    opened.find("#send").click()
    opened.wait_for("#answer-more", "provider error no credit left")
    refused = {"ok": False, "error": {"kind": "queue_full", "message": "too many"}}
    server.answer_call(refused, status=429, kind="application/json")
    opened.find("#send").click()
    opened.wait_for("#answer-state", "Failed, HTTP 429")
    assert "queue_full too many" in opened.text("#answer-more")
    server.answer_call("<html>bad gateway", status=502, kind="text/html")
    opened.find("#send").click()
    opened.wait_for("#answer-state", "HTTP 502 without an explanation")
    server.answer_call({"item": "half"})
    opened.find("#send").click()
    opened.wait_for("#answer-state", "Ended without a result")


def test_what_is_no_prompt_or_no_object_is_not_sent(opened, server):
    for options in ["{", "[1]", "5", "null"]:
        write(opened, "", options)
        opened.find("#send").click()
        assert opened.text("#prompt-problem") == "Write a prompt first."
        assert opened.text("#options-problem") == "This is not a JSON object."
        assert opened.focused() == "prompt"
    assert opened.find("#options").get_attribute("aria-invalid") == "true"
    assert server.calls.empty()
