"""An aiohttp.ClientSession is opened by the first call and kept for the next ones."""

import os

import aiohttp

session = None


async def call_api(prompt, options, context):
    global session
    if session is None:
        session = aiohttp.ClientSession(os.environ["MODEL_SERVER"])
    body = {"model": "m", "messages": [{"role": "user", "content": prompt}]}
    async with session.post("/v1/chat/completions", json=body) as response:
        return {"output": (await response.json())["choices"][0]["message"]["content"]}
