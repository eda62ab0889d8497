"""Calls that ask the same thing share one future, which outlives the call that made it."""

import asyncio

answers = {}
asked = []


async def ask(prompt):
    asked.append(prompt)
    await asyncio.sleep(0.002)
    return prompt.upper()


async def call_api(prompt, options, context):
    if prompt not in answers:
        answers[prompt] = asyncio.ensure_future(ask(prompt))
    return {"output": [await answers[prompt], asked.count(prompt)]}
