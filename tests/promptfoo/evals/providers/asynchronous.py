"""Asynchronous functions that do not look like one."""

import asyncio
import functools


class Model:
    async def __call__(self, prompt, options, context):
        await asyncio.sleep(0)
        return {"output": f"{prompt} answered by an object"}


def logged(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    return wrapper


model = Model()


@logged
async def decorated(prompt, options, context):
    await asyncio.sleep(0)
    return {"output": f"{prompt} answered under a decorator"}
