"""The event loop is fetched when the module is imported and run by a plain function."""

import asyncio
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
try:
    loop = asyncio.get_event_loop()
except RuntimeError:  # from Python 3.14 on there is none
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)


async def ask(prompt):
    await asyncio.sleep(0)
    return prompt.upper()


def call_api(prompt, options, context):
    return {"output": loop.run_until_complete(ask(prompt))}
