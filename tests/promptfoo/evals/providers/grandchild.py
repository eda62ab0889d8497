"""Crashes while a child of its own holds its stdout and stderr."""

import os
import signal
import subprocess


def call_api(prompt, options, context):
    if prompt == "segfault":
        subprocess.Popen(["sleep", "12"])
        os.kill(os.getpid(), signal.SIGSEGV)
    return {"output": f"{prompt} answered"}
