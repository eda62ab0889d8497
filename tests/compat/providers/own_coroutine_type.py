"""The function is a generator-based coroutine, as from before async def."""

import asyncio
import types


@types.coroutine
def wait():
    yield


@types.coroutine
def call_api(prompt, options, context):
    yield from wait()
    yield from asyncio.sleep(0).__await__()
    return {"output": prompt}
