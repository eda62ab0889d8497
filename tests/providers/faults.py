"""Does to its host what the prompt says."""

import asyncio
import ctypes
import os
import signal
import sys
import time


def overflow_the_stack():
    sys.setrecursionlimit(10**9)
    callback_type = ctypes.CFUNCTYPE(None)

    def recurse():
        callback_type(recurse)()

    recurse()


def segfault():
    ctypes.string_at(0)


def wait_for_ever():
    print("waiting", flush=True)
    time.sleep(3600)


def spin():
    while True:
        pass


FAULTS = {
    "segfault": segfault,
    "abort": os.abort,
    "exit": lambda: os._exit(7),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "overflow": overflow_the_stack,
    "sys.exit": lambda: sys.exit("goodbye"),
    "KeyboardInterrupt": lambda: (_ for _ in ()).throw(KeyboardInterrupt()),
    "CancelledError": lambda: (_ for _ in ()).throw(asyncio.CancelledError()),
    "sleep": wait_for_ever,
    "spin": spin,
}


def call_api(prompt, options, context):
    if prompt in FAULTS:
        FAULTS[prompt]()
    return {"output": prompt, "pid": os.getpid()}
