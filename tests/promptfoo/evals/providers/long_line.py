"""Prints megabytes in one line, without its end."""

import sys


def call_api(prompt, options, context):
    sys.stdout.write("x" * (int(prompt) << 20))
    sys.stdout.flush()
    return {"output": f"{prompt} answered"}
