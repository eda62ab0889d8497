"""Resources are opened on an AsyncExitStack, by async context managers made from generators."""

import contextlib

is_open = set()


@contextlib.asynccontextmanager
async def resource(name):
    key = object()
    is_open.add(key)
    try:
        yield name.upper()
    finally:
        is_open.discard(key)


async def call_api(prompt, options, context):
    async with contextlib.AsyncExitStack() as stack:
        names = [await stack.enter_async_context(resource(word)) for word in prompt.split()]
    return {"output": names}
