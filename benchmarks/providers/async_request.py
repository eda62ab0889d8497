"""An async provider that waits as long as a model needs for a short answer."""

import asyncio


async def call_api(prompt, options, context):
    await asyncio.sleep(0.2)
    return {"output": prompt}
