"""Takes longer to import than promptfoo waits."""

import time

time.sleep(32)


def call_api(prompt, options, context):
    return {"output": f"{prompt} answered"}
