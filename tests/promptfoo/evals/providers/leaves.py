"""Raises what ends an interpreter, or a task."""

import asyncio
import os
import sys


def call_api(prompt, options, context):
    if prompt == "exit":
        sys.exit(3)
    if prompt == "cancel":
        raise asyncio.CancelledError
    if prompt == "interrupt":
        raise KeyboardInterrupt
    return {"output": os.getpid()}
