"""A decorator written for plain functions stands over an async one, so a plain function returns a coroutine."""

import asyncio

seen = []


def logged(function):
    def wrapper(prompt, options, context):
        seen.append(prompt)
        return function(prompt, options, context)

    return wrapper


@logged
async def call_api(prompt, options, context):
    await asyncio.sleep(0.001)
    return {"output": prompt in seen}
