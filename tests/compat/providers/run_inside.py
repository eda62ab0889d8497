"""A plain function calls asyncio.run for every call."""

import asyncio


async def ask(prompt):
    await asyncio.sleep(0.001)
    return prompt.upper()


def call_api(prompt, options, context):
    return {"output": asyncio.run(ask(prompt))}
