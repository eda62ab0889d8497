"""Brings its host down as often as its prompt says, or beside another call; or is slow to end."""

import os
import pathlib
import time

DIRECTORY = pathlib.Path(os.environ["GATE_DIRECTORY"])


def call_api(prompt, options, context):
    """Crashes N times, then answers with how often it was run; N is the prompt."""
    runs = DIRECTORY / f"runs-{prompt}"
    with open(runs, "a") as file:
        file.write("x")
    if runs.stat().st_size <= int(prompt):
        os.abort()
    return {"output": runs.stat().st_size}


def neighbours(prompt, options, context):
    """`crash` waits for `bystander`, which waits for its end when it is run for the first time."""
    begun = DIRECTORY / "bystander.begun"
    while prompt == "crash" and not begun.exists():
        time.sleep(0.005)
    if prompt == "crash":
        os.abort()
    if prompt == "bystander" and not begun.exists():
        begun.touch()
        while True:
            time.sleep(0.005)
    return {"output": prompt}


def slow_to_end(prompt, options, context):
    """After its timeout, `slow` cleans up until the test opens its gate."""
    try:
        (DIRECTORY / f"{prompt}.begun").touch()
        while prompt == "slow":
            time.sleep(0.005)
    finally:
        while not (DIRECTORY / "clean.open").exists():
            time.sleep(0.005)
        (DIRECTORY / "cleaned").touch()
    return {"output": os.getpid()}
