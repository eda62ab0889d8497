"""An anyio task group with a limiter and a time limit, inside an async function."""

import anyio


async def call_api(prompt, options, context):
    results = {}
    limiter = anyio.CapacityLimiter(2)

    async def work(word):
        async with limiter:
            await anyio.sleep(0.001)
            results[word] = await anyio.to_thread.run_sync(str.upper, word)

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            for word in prompt.split():
                group.start_soon(work, word)
    return {"output": [results[word] for word in prompt.split()]}
