"""The live page for those who use a keyboard, a screen reader, a small window, or the dark theme."""

import pytest
from selenium.webdriver.common.keys import Keys
from snapshots import snapshot

pytestmark = pytest.mark.xdist_group("browser")

# Text whose contrast to what is behind it is too low, as [text, ratio].
LOW_CONTRAST = """
const channels = (colour) => { const c = colour.match(/[0-9.]+/g).map(Number); return c.length < 4 ? [...c, 1] : c; };
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
const linear = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const luminance = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
function behind(node) {
  const layers = [];
  for (let each = node; each; each = each.parentElement) {
    layers.push(channels(getComputedStyle(each).backgroundColor));
    const image = getComputedStyle(each).backgroundImage.match(/rgba?\\([^)]*\\)/);
    if (image) layers.splice(-1, 0, channels(image[0]));
  }
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
}
function ratio(node, colour) {
  const [a, b] = [luminance(over(channels(colour), behind(node))), luminance(behind(node))].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}
const low = [];
for (const node of document.querySelectorAll("body *")) {
  const words = [...node.childNodes].filter((each) => each.nodeType === 3).map((each) => each.data.trim()).join("");
  if (words && node.checkVisibility() && !["SCRIPT", "STYLE"].includes(node.tagName)) {
    const value = ratio(node, getComputedStyle(node).color);
    if (value < 4.5) low.push([words, value]);
  }
  if (node.tagName !== "TEXTAREA") continue;
  if (ratio(node, getComputedStyle(node, "::placeholder").color) < 4.5) low.push([node.id, "placeholder"]);
  if (ratio(node.parentElement, getComputedStyle(node).borderTopColor) < 3) low.push([node.id, "border"]);
}
return low;
"""

# Elements that reach out of their panel or the window.
STICKS_OUT = """
const out = [];
if (document.documentElement.scrollWidth > innerWidth) out.push("the page");
for (const panel of document.querySelectorAll(".panel, .tile, .bar")) {
  const box = panel.getBoundingClientRect();
  if (box.right > innerWidth + 0.5) out.push(panel.outerHTML.slice(0, 80));
  for (const node of panel.querySelectorAll("*")) {
    const inner = node.getBoundingClientRect();
    const is_clipped = node.closest(".unseen, thead, svg, summary .message");
    if (inner.width && !is_clipped && inner.right > box.right + 0.5) out.push(node.outerHTML.slice(0, 80));
  }
}
return out;
"""


@pytest.fixture
def opened(page, server):
    server.snapshot = snapshot()
    page.open(server)
    page.run("document.querySelector('#failures li:last-child details').open = true")
    page.wait(lambda: page.find_all("#failures pre"))
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_can_be_read(opened, server, theme):
    opened.look(1600, theme)
    server.answer_call({"item": "x"}, {"ok": False, "error": {"kind": "timeout", "message": "slow", "stack": "x"}})
    opened.find("#prompt").send_keys("x")
    opened.find("#send").click()
    opened.wait_for("#answer-state", "Failed")
    assert opened.run(LOW_CONTRAST) == []
    server.key = "key"
    server.go_down()
    opened.wait_for("#connection", "Not connected")
    assert opened.run(LOW_CONTRAST) == []
    server.come_back()
    opened.try_now()
    opened.wait_for("#connection", "Key needed")
    opened.press("wrong", Keys.ENTER)
    opened.wait_for("#key-problem", "does not accept")
    assert opened.run(LOW_CONTRAST) == []


def test_the_theme_is_that_of_the_system(opened):
    def background():
        return opened.run("return getComputedStyle(document.body).backgroundColor")
    light = background()
    opened.look(1600, "dark")
    opened.wait(lambda: background() != light)
    red, green, blue = [int(part) for part in background()[4:-1].split(",")]
    assert max(red, green, blue) < 40


def test_nothing_sticks_out_at_any_width(opened):
    for width in [320, 360, 600, 800, 1000, 1200, 1440, 1600, 2200]:
        opened.look(width, "light")
        opened.wait(lambda wanted=width: opened.run("return innerWidth") == wanted)
        assert opened.run(STICKS_OUT) == [], width


def test_the_keyboard_reaches_everything_in_order(opened):
    reached = []
    opened.find("body").send_keys(Keys.TAB)
    while opened.focused() is not None and len(reached) < 40:
        reached.append(opened.focused())
        ring = opened.run("return getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", reached
        opened.press(Keys.TAB)
    times = [node.text.split("\n")[0] for node in opened.find_all("#failures summary")]
    assert reached == ["Skip to “Try a prompt”", *times, "Python stack", "Last lines of stderr", "minute", "prompt",
                       "options", "send", "stop", "log"]


def test_the_skip_link_leads_to_the_box(opened):
    opened.find("body").send_keys(Keys.TAB)
    opened.press(Keys.ENTER)
    opened.wait(lambda: opened.focused() == "try")


def test_headings_and_landmarks(opened):
    levels = [int(node.tag_name[1]) for node in opened.find_all("h1, h2, h3, h4") if node.is_displayed()]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    tree = opened.accessibility_tree()
    roles = [role for role, _ in tree]
    assert roles.count("main") == 1 and roles.count("banner") == 1
    regions = [name for role, name in tree if role == "region"]
    assert regions == ["Key figures", "Hosts", "Last failures", "Latency", "Errors by kind", "Restarts by cause",
                       "Responses by status", "Try a prompt", "Pool’s messages", "Pool’s messages"]


@pytest.mark.parametrize("width", [360, 1600])
def test_a_screen_reader_gets_names_and_tables(opened, width):
    opened.look(width, "light")
    tree = opened.accessibility_tree()
    named = ["textbox", "button", "radio", "image", "table", "region", "link", "img", "group"]
    without = [(role, name) for role, name in tree if role in named and not name and role != "group"]
    assert without == []
    assert [name for role, name in tree if role == "table"] == [
        "Hosts with their health, work and memory", "Requests by latency", "Failed calls by kind of error",
        "Restarts of hosts by cause", "HTTP responses by status"]
    assert [name for role, name in tree if role == "columnheader"][:4] == ["Host", "PID", "State", "Process"]
    assert [name for role, name in tree if role == "rowheader"][3] == "≤ 2.5 ms"
    assert opened.find("html").get_attribute("lang") == "en"
    scopes = opened.run("return [...document.querySelectorAll('th')].filter(cell => !cell.scope).length")
    assert scopes == 0


def test_new_numbers_are_not_announced(opened, server):
    spoken = "return [...document.querySelectorAll('[role=status], [role=alert], [aria-live]')].map(n => n.textContent)"
    before = opened.run(spoken)
    server.show(snapshot(seconds=120, done=5000))
    opened.wait(lambda: opened.tile("Calls").startswith("5,010 "))
    assert opened.run(spoken) == before
