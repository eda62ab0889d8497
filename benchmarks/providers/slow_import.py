"""A provider whose import takes a second, as that of a machine learning library does."""

import time

time.sleep(1)


def call_api(prompt, options, context):
    return {"output": prompt}
