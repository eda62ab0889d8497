"""Takes the screenshots of the live page that docs/ shows: a real server under load, with some failures.

usage: take_screenshots.py [--seconds N]; needs selenium, Pillow, chromium, and a font such as Inter to look good
"""

import argparse
import io
import random
import tempfile
import threading
import time
from pathlib import Path

from conftest import start_browser
from live_page import LivePage
from PIL import Image
from real_server import ROOT, RealServer

PROMPTS = {"Where is my order?": 9000, "grow": 800, "raise": 25, "crash": 4, "slow": 6}
CALLERS = 6


def send_prompts(server, is_over):
    while not is_over.is_set():
        prompt = random.choices(list(PROMPTS), list(PROMPTS.values()))[0]
        server.call(f"{prompt} {random.random()}", timeout=1.5)
        time.sleep(random.expovariate(40) * (1.2 + (time.time() // 15) % 3))


def take(page, theme, name):
    page.look(1600, theme, height=960)
    time.sleep(1.5)
    image = Image.open(io.BytesIO(page.browser.get_screenshot_as_png())).convert("RGB")
    path = ROOT / "docs" / "images" / name
    palette = Image.new("P", (1, 1))
    commonest = sorted(image.getcolors(1 << 24), reverse=True)[:256]
    palette.putpalette([part for _, colour in commonest for part in colour])
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path, path.stat().st_size)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=300, help="how long the load lasts before")
    seconds = arguments.parse_args().seconds
    with tempfile.TemporaryDirectory() as directory:
        providers = Path(tempfile.gettempdir()) / "providers"  # a path that can be shown
        providers.mkdir(exist_ok=True)
        (providers / "port").unlink(missing_ok=True)
        server = RealServer(providers, "--workers", "4")
        browser = start_browser(Path(directory) / "chromium")
        is_over = threading.Event()
        try:
            page = LivePage(browser).open(server)
            for _ in range(CALLERS):
                threading.Thread(target=send_prompts, args=(server, is_over), daemon=True).start()
            time.sleep(seconds)
            for prompt in ["slow", "crash", "raise"]:  # so that these stand at the top
                server.call(f"{prompt} at last", timeout=0.5)
            page.wait(lambda: any("host_crashed" in each.text for each in page.find_all("#failures summary")[:5]))
            page.find("#prompt").send_keys("Where is my order?")
            page.find("#send").click()
            page.wait_for("#answer-state", "Done")
            page.run("[...document.querySelectorAll('#failures li')].find(node => /host_crashed/.test(node.innerText))"
                     "?.querySelector('summary').click()")
            take(page, "light", "live_page_light.png")
            take(page, "dark", "live_page_dark.png")
        finally:
            is_over.set()
            browser.quit()
            server.close()


if __name__ == "__main__":
    main()
