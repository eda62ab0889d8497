"""Every piece of a script that may run code tells how many Python frames are below it."""

import asyncio
import sys


def depth():
    """Frames below the code that asks."""
    frame, count = sys._getframe(2), 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


AT_IMPORT = depth()


class Getter:
    def __getattr__(self, name):
        count = depth()
        return lambda *arguments: {"output": count}


getter = Getter()


def call_api(prompt, options, context):
    return {"output": depth()}


async def call_async(prompt, options, context):
    await asyncio.sleep(0)
    return {"output": depth()}


async def call_task(prompt, options, context):
    return {"output": await asyncio.ensure_future(step())}


async def step():
    return depth()


def at_import(prompt, options, context):
    return {"output": AT_IMPORT}
