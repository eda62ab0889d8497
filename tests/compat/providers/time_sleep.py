"""A blocking wait stands for a slow model."""

import time


def call_api(prompt, options, context):
    start = time.monotonic()
    time.sleep(float(prompt))
    return {"output": time.monotonic() - start >= float(prompt)}
