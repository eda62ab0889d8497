"""A context variable holds the request's id, which helpers and tasks read."""

import asyncio
import contextvars

request = contextvars.ContextVar("request", default="none")


async def helper():
    await asyncio.sleep(0.001)
    return request.get()


async def call_api(prompt, options, context):
    before = request.get()
    request.set(prompt)
    return {"output": [before, *await asyncio.gather(helper(), asyncio.create_task(helper()))]}
