"""nest_asyncio lets asyncio.run be called while a loop is running."""

import asyncio

import nest_asyncio

nest_asyncio.apply()


async def ask(prompt):
    await asyncio.sleep(0.001)
    return prompt.upper()


async def call_api(prompt, options, context):
    first = asyncio.run(ask(prompt))
    second = asyncio.get_event_loop().run_until_complete(ask(prompt))
    return {"output": first + second}
