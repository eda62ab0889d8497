"""Locks, queues and events of asyncio are made when the module is imported."""

import asyncio

lock = asyncio.Lock()
queue = asyncio.Queue()
first = asyncio.Event()


async def call_api(prompt, options, context):
    async with lock:
        await queue.put(prompt)
        first.set()
        await asyncio.sleep(0.001)
        await first.wait()
        return {"output": await queue.get()}
