"""Sleeps when asked to, and counts its calls in a file."""

import time


def call_api(prompt, options, context):
    with open("calls.txt", "a") as file:
        file.write(f"{prompt}\n")
    if prompt == "slow":
        time.sleep(60)
    return {"output": f"{prompt} answered"}
