"""Each call makes an event loop of its own, sets it, and closes it."""

import asyncio


async def ask(prompt):
    await asyncio.sleep(0)
    return prompt.upper()


def call_api(prompt, options, context):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return {"output": loop.run_until_complete(ask(prompt))}
    finally:
        loop.close()
