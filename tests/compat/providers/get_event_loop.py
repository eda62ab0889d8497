"""A plain function asks asyncio for the event loop of its thread and runs a coroutine on it."""

import asyncio
import warnings


async def ask(prompt):
    await asyncio.sleep(0.001)
    return prompt.upper()


def call_api(prompt, options, context):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 and 3.13
        loop = asyncio.get_event_loop()
    return {"output": [loop.run_until_complete(ask(prompt)), loop.run_until_complete(loop.create_task(ask("x")))]}


def call_in_turns(prompt, options, context):
    if prompt == "run":
        return {"output": asyncio.run(ask(prompt))}
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    output = asyncio.get_event_loop().run_until_complete(ask(prompt))
    if prompt == "close":
        loop.close()
    return {"output": output}
