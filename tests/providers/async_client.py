"""Async functions that share module-level objects tied to one event loop."""

import asyncio
import functools

lock = asyncio.Lock()
loops = set()
background = []
ticks = 0


async def tick():
    global ticks
    while True:
        ticks += 1
        await asyncio.sleep(0)


async def call_api(prompt, options, context):
    loops.add(id(asyncio.get_running_loop()))
    async with lock:
        await asyncio.sleep(0)
    if prompt == "start background":
        background.append(asyncio.create_task(tick()))
    return {"output": prompt, "loops": len(loops), "ticks": ticks}


class AsyncCallable:
    async def __call__(self, prompt, options, context):
        await asyncio.sleep(0)
        return {"output": "async __call__ " + prompt}


async_object = AsyncCallable()


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@decorated
async def behind_a_decorator(prompt, options, context):
    await asyncio.sleep(0)
    return {"output": "decorated " + prompt}


class Awaitable:
    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return {"output": "awaitable"}


def returns_awaitable(prompt, options, context):
    return Awaitable()


def runs_a_loop_itself(prompt, options, context):
    return {"output": asyncio.run(asyncio.sleep(0, "own loop"))}


class Model:
    def __init__(self, name):
        self.name = name

    def ask(self, prompt, options, context):
        return {"output": f"{self.name}: {prompt}"}

    @staticmethod
    def static(prompt, options, context):
        return {"output": "static " + prompt}


model = Model("m1")
