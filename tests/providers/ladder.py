"""Code that is to be interrupted: it cleans up, in every way that Python has, and says so."""

import asyncio
import contextlib
import os
import threading
import time

counter = {"cleaned": 0}


@contextlib.contextmanager
def cleaning():
    try:
        yield
    finally:
        counter["cleaned"] += 1
        print("cleaned up", flush=True)


def sleep(prompt, options, context):
    with cleaning():
        print("has begun", flush=True)
        time.sleep(3600)


def spin(prompt, options, context):
    with cleaning():
        print("has begun", flush=True)
        while True:
            pass


def wait_for_lock(prompt, options, context):
    with cleaning():
        print("has begun", flush=True)
        threading.Event().wait()


async def await_for_ever(prompt, options, context):
    with cleaning():
        print("has begun", flush=True)
        await asyncio.sleep(3600)


async def block_the_loop(prompt, options, context):
    with cleaning():
        print("has begun", flush=True)
        time.sleep(3600)


def sync_over_async(prompt, options, context):
    return await_for_ever(prompt, options, context)


def read_a_pipe(prompt, options, context):
    with cleaning():
        print("has begun", flush=True)
        os.read(os.pipe()[0], 1)


def stubborn(prompt, options, context):
    try:
        print("has begun", flush=True)
        time.sleep(3600)
    except BaseException:
        time.sleep(3600)


async def slow_to_clean(prompt, options, context):
    """Obeys, but only when the gate is opened."""
    try:
        print("has begun", flush=True)
        await asyncio.sleep(3600)
    finally:
        open(options["gate"]).close()
        counter["cleaned"] += 1


def call_api(prompt, options, context):
    return {"output": counter["cleaned"], "pid": os.getpid()}
