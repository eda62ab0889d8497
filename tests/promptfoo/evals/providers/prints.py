"""Prints at import and in each call."""

import sys

print("printed at import")


def call_api(prompt, options, context):
    print("printed in a call:", prompt)
    print("a note on stderr:", prompt, file=sys.stderr)
    return {"output": f"{prompt} answered"}
