"""Modules beside the script are called like those of the standard library that others build upon."""

import asyncio
import json
import logging


async def call_api(prompt, options, context):
    await asyncio.sleep(0)
    logging.getLogger(__name__).info("asked")
    return {"output": [json.loads(json.dumps(prompt)), callable(logging.getLogger)]}
