"""The function is a functools.partial of an async one."""

import asyncio
import functools


async def ask(model, prompt, options, context):
    await asyncio.sleep(0)
    return {"output": f"{model} {prompt}"}


call_api = functools.partial(ask, "gpt")
