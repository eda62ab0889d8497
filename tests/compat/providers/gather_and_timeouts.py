"""Several requests at a time with gather, with a time limit for each and exceptions as results."""

import asyncio


async def request(delay):
    if delay < 0:
        raise ValueError("negative")
    await asyncio.sleep(delay)
    return delay


async def call_api(prompt, options, context):
    limited = [asyncio.wait_for(request(float(word)), 0.05) for word in prompt.split()]
    results = await asyncio.gather(*limited, return_exceptions=True)
    return {"output": [type(each).__name__ if isinstance(each, BaseException) else each for each in results]}
