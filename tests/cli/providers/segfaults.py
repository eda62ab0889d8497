"""Faults as a broken extension module does, or is killed, when the prompt says so; and what its host inherited."""

import ctypes
import os
import signal


def call_api(prompt, options, context):
    if prompt == "segfault":
        ctypes.string_at(0)
    if prompt == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"output": prompt}


def open_files(prompt, options, context):
    """The files behind the descriptors above the standard streams."""
    paths = []
    for number in os.listdir("/proc/self/fd"):
        if int(number) > 2:
            try:
                paths.append(os.readlink(f"/proc/self/fd/{number}"))
            except OSError:  # of the listing itself
                pass
    return {"output": paths}
