"""Keeps a client with its connections, and a lock, at module level, as the documentation of most clients advises."""

import asyncio
import os

import httpx

client = httpx.AsyncClient(base_url=os.environ["MODEL_SERVER"])
lock = asyncio.Lock()


async def ask(prompt):
    async with lock:
        message = {"role": "user", "content": prompt}
        response = await client.post("/v1/chat/completions", json={"model": "small", "messages": [message]})
    return response.json()["choices"][0]["message"]["content"]


async def call_api(prompt, options, context):
    return {"output": " ".join(await asyncio.gather(ask(prompt), ask("again")))}
