"""Reads a line from stdin, as a forgotten input() or breakpoint() does."""

import sys


def call_api(prompt, options, context):
    if prompt == "read":
        return {"output": f"read {sys.stdin.readline()!r}"}
    return {"output": f"{prompt} answered"}
