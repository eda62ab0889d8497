"""Losers of a race are cancelled, and CancelledError is caught where they clean up."""

import asyncio

cleaned = []


async def racer(name, delay):
    try:
        await asyncio.sleep(delay)
        return name
    except asyncio.CancelledError:
        cleaned.append(name)
        raise


async def call_api(prompt, options, context):
    tasks = [asyncio.create_task(racer(name, delay)) for name, delay in ((prompt, 0.001), ("slow", 30))]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return {"output": [done.pop().result(), cleaned[-1]]}
