"""A plain function runs trio, which has an event loop of its own kind."""

import trio


async def ask(prompt):
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 0.001)
    return prompt.upper()


def call_api(prompt, options, context):
    return {"output": trio.run(ask, prompt)}
