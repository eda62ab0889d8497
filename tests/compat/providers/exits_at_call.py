"""sys.exit is called by a call, and the next call has to work."""

import sys

calls = 0


def call_api(prompt, options, context):
    global calls
    calls += 1
    if prompt == "exit":
        sys.exit(3)
    return {"output": calls > 0}
