"""Writes the time to a file, then dies or hangs as the prompt says."""

import ctypes
import os
import signal
import time


def spin():
    while True:
        pass


def leave_a_grandchild_and_die():
    if os.fork() == 0:
        time.sleep(3600)
    os.kill(os.getpid(), signal.SIGKILL)


def keep_the_gil():
    while True:
        ctypes.PyDLL(None).pause()


FAULTS = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "segfault": lambda: ctypes.string_at(0),
    "exit": lambda: os._exit(7),
    "grandchild": leave_a_grandchild_and_die,
    "sleep": lambda: time.sleep(3600),
    "spin": spin,
    "gil": keep_the_gil,
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
}


def call_api(prompt, options, context):
    if prompt in FAULTS:
        with open(options["clock"], "w") as clock:
            clock.write(str(time.monotonic_ns()))
        FAULTS[prompt]()
    return {"output": prompt}
