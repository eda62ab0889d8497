"""Async generators and comprehensions, one of them left before its end."""

import asyncio

closed = []


async def tokens(text):
    try:
        for token in text.split():
            await asyncio.sleep(0)
            yield token
    finally:
        closed.append(text)


async def call_api(prompt, options, context):
    everything = [token async for token in tokens(prompt)]
    async for token in tokens(prompt):
        break
    return {"output": [everything, token]}
