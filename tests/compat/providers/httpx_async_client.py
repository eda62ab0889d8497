"""An httpx.AsyncClient at module level, with a semaphore that limits how many requests are out."""

import asyncio
import os

import httpx

client = httpx.AsyncClient(base_url=os.environ["MODEL_SERVER"], timeout=20)
limit = asyncio.Semaphore(3)
out = most = 0


async def call_api(prompt, options, context):
    global out, most
    async with limit:
        out += 1
        most = max(most, out)
        response = await client.post("/v1/embeddings", json={"model": "m", "input": prompt})
        out -= 1
    return {"output": response.json()["data"][0]["embedding"][0] if most <= 3 else f"{most} at a time"}
