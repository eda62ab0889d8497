"""Dies in several ways when asked to, and answers everything else."""

import ctypes
import os
import signal

calls = 0


def call_api(prompt, options, context):
    global calls
    calls += 1
    if prompt == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if prompt == "abort":
        os.abort()
    if prompt == "exit":
        os._exit(3)
    if prompt == "raise":
        raise ValueError("the script raises this")
    if prompt == "null":
        ctypes.string_at(0)
    return {"output": f"{prompt} answered"}
