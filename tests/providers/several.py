"""Several calls at a time: sync functions in threads of the host, async ones on its loop. The prompt says what to do."""

import asyncio
import os
import sys
import threading

from faults import FAULTS


def no():
    raise ValueError("no, not this one")


WORDS = FAULTS | {
    "raise": no,
    "stop the loop": lambda: asyncio.get_running_loop().stop(),
    "close the loop": lambda: asyncio.get_running_loop().close(),
    "close descriptors": lambda: os.closerange(3, 256),
    "close stdout": lambda: os.close(1),
}


def do(prompt):
    if prompt in WORDS:
        WORDS[prompt]()
    if prompt.startswith("print "):
        sys.stdout.write(prompt + "\n")
    return {"output": prompt + "x" * 5_000_000 if prompt.startswith("large") else prompt}


def call_api(prompt, options, context):
    return do(prompt)


async def ask(prompt, options, context):
    await asyncio.sleep(0)
    return do(prompt)


async def spread(prompt, options, context):
    """What the prompt's first word says happens in a task that this one starts."""

    async def child():
        await asyncio.sleep(0)
        return do(prompt.split()[0])

    return (await asyncio.gather(child(), asyncio.sleep(1000)))[0]


def ask_later(prompt, options, context):
    return ask(prompt, options, context)


def wait_for_gate(prompt, options):
    print("waiting for " + prompt, flush=True)
    open(options["gate"]).close()
    return {"output": prompt}


def hold(prompt, options, context):
    """Cannot be interrupted: not in the moments before and after its thread waits either."""
    while True:
        try:
            return wait_for_gate(prompt, options)
        except BaseException:
            print("no interruption", flush=True)


def hold_deep(prompt, options, context, depth=80):
    return hold_deep(prompt, options, context, depth - 1) if depth else hold(prompt, options, context)


def spin(prompt, options, context):
    while True:
        pass


async def hold_async(prompt, options, context):
    return await asyncio.to_thread(wait_for_gate, prompt, options)


async def block_the_loop(prompt, options, context):
    return wait_for_gate(prompt, options)


async def cancel_everyone(prompt, options, context):
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    return {"output": prompt}


class Meeting:
    def __init__(self, event):
        self.here = 0
        self.complete = event


lock = threading.Lock()
in_threads = Meeting(threading.Event())
on_loop = Meeting(asyncio.Event())


def arrive(meeting, options):
    with lock:
        meeting.here += 1
        if meeting.here == options["count"]:
            meeting.complete.set()


def meet(prompt, options, context):
    arrive(in_threads, options)
    in_threads.complete.wait()
    return {"output": prompt}


async def meet_async(prompt, options, context):
    arrive(on_loop, options)
    await on_loop.complete.wait()
    return {"output": prompt}
