"""uvloop is installed as the policy when the module is imported."""

import asyncio

import uvloop

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
lock = None


async def call_api(prompt, options, context):
    global lock
    lock = lock or asyncio.Lock()
    async with lock:
        await asyncio.sleep(0.001)
    return {"output": [prompt, type(asyncio.get_running_loop()).__module__.split(".")[0]]}
