"""The function is an object with an async __call__."""

import asyncio


class Provider:
    async def __call__(self, prompt, options, context):
        await asyncio.sleep(0)
        return {"output": prompt.title()}


call_api = Provider()
