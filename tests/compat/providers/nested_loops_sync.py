"""nest_asyncio is applied, and a plain function runs a coroutine."""

import asyncio

import nest_asyncio

nest_asyncio.apply()


async def ask(prompt):
    await asyncio.sleep(0.001)
    return prompt.upper()


def call_api(prompt, options, context):
    return {"output": asyncio.run(ask(prompt))}
