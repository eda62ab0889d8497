"""An async provider that waits for about as many seconds as `options.config.seconds` says, as for a service: for half
as many to one and a half times as many."""

import asyncio
import random


async def call_api(prompt, options, context):
    await asyncio.sleep(options["config"]["seconds"] * random.uniform(0.5, 1.5))
    return {"output": prompt}
