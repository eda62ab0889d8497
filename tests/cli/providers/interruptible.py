"""Loops until it is interrupted, or ends its process by a signal of its own."""

import os
import signal


def call_api(prompt, options, context):
    if prompt == "loop":
        open("begun", "w").close()
    while prompt == "loop":
        pass
    if prompt == "raise":
        signal.raise_signal(signal.SIGSEGV)
    if prompt == "abort":
        os.abort()
    if prompt == "kill":
        os.kill(os.getpid(), signal.SIGSEGV)
    return {"output": prompt}
