"""Server-sent events in Anthropic's manner, taken apart by hand while they come."""

import json
import os

import httpx

client = httpx.AsyncClient(timeout=20)


async def events(prompt):
    body = {"model": "claude", "stream": True, "messages": [{"role": "user", "content": prompt}]}
    async with client.stream("POST", os.environ["MODEL_SERVER"] + "/v1/messages", json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line[6:])


async def call_api(prompt, options, context):
    text = ""
    async for event in events(prompt):
        if event["type"] == "content_block_delta":
            text += event["delta"]["text"]
    return {"output": text}
