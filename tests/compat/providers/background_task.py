"""The first call starts a task that serves all calls from then on."""

import asyncio

worker = queue = None


async def work():
    while True:
        text, answer = await queue.get()
        answer.set_result(text.upper())


async def call_api(prompt, options, context):
    global worker, queue
    if worker is None:
        queue = asyncio.Queue()
        worker = asyncio.create_task(work())
    answer = asyncio.get_running_loop().create_future()
    await queue.put((prompt, answer))
    return {"output": await asyncio.wait_for(answer, 10)}
