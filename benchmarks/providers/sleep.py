"""A provider that waits 5 ms: hosts of one machine do not get in each other's way."""

import time


def call_api(prompt, options, context):
    time.sleep(0.005)
    return {"output": prompt}
