"""What a user might write, and what may go wrong in it. The prompt says which."""

import asyncio
import os
import time

state = {"calls": 0}


async def call_api(prompt, options, context):
    state["calls"] += 1
    if prompt == "raise":
        raise ValueError("bad prompt")
    if prompt == "busy":
        raise RuntimeError("429 too many requests")
    if prompt == "crash":
        os.abort()
    if prompt == "hang":
        time.sleep(3600)
    if prompt == "wait for others":
        await together()
    if prompt == "print":
        print("hello from the script")
    if prompt == "no output":
        return {"text": prompt}
    output = f"{prompt} {context['vars'].get('name', '')}".strip()
    return {"output": output, "calls": state["calls"], "pid": os.getpid()}


waiting = []


async def together():
    """Returns when four calls are here at a time."""
    waiting.append(None)
    while len(waiting) < 4:
        await asyncio.sleep(0.01)


def call_embedding_api(prompt, options):
    return {"embedding": [float(len(prompt)), options["config"]["scale"]]}


def call_classification_api(prompt, options):
    return {"classification": {"short": 1.0 if len(prompt) < 5 else 0.0}}


class Echo:
    @staticmethod
    def answer(prompt, options, context):
        return {"output": f"echo {prompt}"}
