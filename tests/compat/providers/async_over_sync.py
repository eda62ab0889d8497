"""An async decorator stands over a plain function."""

import asyncio
import functools


def in_thread(function):
    @functools.wraps(function)
    async def wrapper(*args):
        return await asyncio.get_running_loop().run_in_executor(None, functools.partial(function, *args))

    return wrapper


@in_thread
def call_api(prompt, options, context):
    return {"output": prompt[::-1]}
