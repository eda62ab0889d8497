"""The live page in a browser, as somebody who reads it sees it."""

import json

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait


class LivePage:
    def __init__(self, browser):
        self.browser = browser
        self.look(1600, "light")
        browser.get_log("browser")
        browser.get_log("performance")

    def look(self, width, theme, height=1000):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                     {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        scheme = {"name": "prefers-color-scheme", "value": theme}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def open(self, server, state="Live"):
        """Until the connection is said to be in this state."""
        self.browser.get(server.url)
        self.wait_for("#connection", state)
        return self

    def try_now(self):
        """By the button, unless the page has already tried by itself."""
        self.run("document.querySelector('#retry').click()")

    def leave(self):
        self.browser.get("about:blank")

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def panel(self, title):
        """The section with this heading."""
        return self.browser.find_element(By.XPATH, f"//section[@aria-labelledby=//h2[.='{title}']/@id]")

    def tile(self, label):
        """The texts of a key figure."""
        node = self.browser.find_element(By.XPATH, f"//dl[@id='tiles']/div[dt='{label}']")
        return " | ".join(part.text for part in node.find_elements(By.TAG_NAME, "dd") if part.text)

    def rows(self, selector):
        """Texts of the cells of a table's body."""
        return self.run("return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
                        ".map(row => [...row.cells].map(cell => cell.innerText.trim()))", selector)

    def text(self, selector):
        return self.find(selector).text

    def wait(self, condition):
        return WebDriverWait(self.browser, 40, 0.02).until(lambda _: condition())

    def wait_for(self, selector, words):
        self.wait(lambda: words in self.text(selector))

    def run(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def press(self, *keys):
        self.browser.switch_to.active_element.send_keys(*keys)

    def press_with_control(self, key):
        self.press(Keys.CONTROL, key)

    def focused(self):
        """What has the focus, as its id or its text."""
        return self.run("const node = document.activeElement; return node === document.body ? null :"
                        " node.id || node.value || (node.getAttribute('aria-label') ?? node.innerText.split('\\n')[0])")

    def accessibility_tree(self):
        """Role and name of each node that assistive technology gets."""
        nodes = self.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]

    def requested(self):
        """The addresses that were requested since the page was opened."""
        messages = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        return [message["params"]["request"]["url"] for message in messages
                if message["method"] == "Network.requestWillBeSent"]
