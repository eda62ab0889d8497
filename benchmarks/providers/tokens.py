"""A provider that streams as many tokens as its prompt says; for "idle" one, and then nothing."""

import asyncio


async def call_api(prompt, options, context):
    if prompt == "idle":
        yield "token "
        await asyncio.sleep(3600)
        return
    for _ in range(int(prompt)):
        yield "token "
