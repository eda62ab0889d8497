"""An async provider that waits, as for a network."""

import asyncio


async def call_api(prompt, options, context):
    await asyncio.sleep(0.05)
    return {"output": prompt}
