"""Calls whose prompt starts with "wait" begin, and go on when the test opens their gate; see Gate in conftest.py."""

import os
import pathlib
import time

DIRECTORY = pathlib.Path(os.environ["GATE_DIRECTORY"])
(DIRECTORY / f"{os.getpid()}.pid").write_text(str(os.getpid()))


def call_api(prompt, options, context):
    with open(DIRECTORY / "begun.log", "a") as log:
        log.write(prompt + "\n")
    while prompt.startswith("wait") and not (DIRECTORY / f"{prompt}.open").exists():
        time.sleep(0.005)
    return {"output": prompt}
