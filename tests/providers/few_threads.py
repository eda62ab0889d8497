"""Runs where no more threads can be started than `allow` says, as under a limit of processes."""

import threading

allowed = 0
released = threading.Event()
start = threading.Thread.start


def start_if_allowed(thread):
    if threading.active_count() > allowed:
        raise RuntimeError("can't start new thread")
    start(thread)


threading.Thread.start = start_if_allowed


async def allow(prompt, options, context):
    global allowed
    allowed = int(prompt)
    return {"output": prompt}


async def release(prompt, options, context):
    released.set()
    return {"output": prompt}


def call_api(prompt, options, context):
    released.wait()
    return {"output": prompt}
