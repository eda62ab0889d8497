"""Work is handed to processes by the event loop, with run_in_executor."""

import asyncio
from concurrent.futures import ProcessPoolExecutor

executor = None


def factorial(number):
    return 1 if number < 2 else number * factorial(number - 1)


async def call_api(prompt, options, context):
    global executor
    executor = executor or ProcessPoolExecutor(max_workers=2)
    loop = asyncio.get_running_loop()
    return {
        "output": await asyncio.gather(*(loop.run_in_executor(executor, factorial, int(n)) for n in prompt.split()))
    }
