"""A thread of its own runs an event loop, to which plain functions send coroutines."""

import asyncio
import threading

loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
turn = None


async def ask(prompt):
    global turn
    turn = turn or asyncio.Lock()
    async with turn:
        await asyncio.sleep(0.001)
    return prompt.upper()


def call_api(prompt, options, context):
    return {"output": asyncio.run_coroutine_threadsafe(ask(prompt), loop).result(20)}
