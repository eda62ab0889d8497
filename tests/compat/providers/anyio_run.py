"""A plain function runs anyio for every call."""

import anyio


async def ask(prompt):
    await anyio.sleep(0)
    return prompt.upper()


def call_api(prompt, options, context):
    return {"output": anyio.run(ask, prompt)}
