"""Blocking work is handed to threads with asyncio.to_thread."""

import asyncio
import threading
import time


def block(prompt):
    time.sleep(0.001)
    return [prompt, threading.current_thread() is threading.main_thread()]


async def call_api(prompt, options, context):
    return {"output": await asyncio.to_thread(block, prompt)}
