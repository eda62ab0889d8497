"""Does what the first word of the prompt says with the rest of it. What began is noted in `begun.log` in
$SERVE_DIRECTORY; what waits goes on when the test opens its gate. See Place in serving.py."""

import asyncio
import os
import pathlib
import signal
import time

DIRECTORY = pathlib.Path(os.environ["SERVE_DIRECTORY"])


def call_api(prompt, options, context):
    with open(DIRECTORY / "begun.log", "a") as log:
        log.write(prompt + "\n")
    word, _, rest = prompt.partition(" ")
    return ACTIONS[word](rest, options) if word in ACTIONS else {"output": prompt}


def call_embedding_api(prompt, options):
    if prompt == "crash":
        crash(prompt, options)
    return {"embedding": [len(prompt), 0.1, -1], "tokenUsage": {"total": 3}}


def sum_of(*numbers):
    return sum(numbers)


def wait_for(name):
    while not (DIRECTORY / f"{name}.open").exists():
        time.sleep(0.005)


def tell(name):
    (DIRECTORY / name).touch()


def config(rest, options):
    return {"output": options["config"]}


def usage(rest, options):
    return {"output": rest, "tokenUsage": {"prompt": 3, "completion": 4}}


def crash(rest, options):
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(60)


def fail(rest, options):
    raise ValueError(rest)


def refuse(rest, options):
    return {"error": rest}


def wait(name, options):
    try:
        tell(f"{name}.started")
        wait_for(name)
        return {"output": name}
    finally:
        tell(f"{name}.ended")


def words(rest, options):
    yield from rest.split()


def stream(name, options):
    """Two items with a gate between them; the second gate is at the end."""
    try:
        tell(f"{name}.started")
        yield "first"
        wait_for(name)
        yield "second"
        wait_for(f"{name}-end")
    finally:
        tell(f"{name}.ended")


async def stream_async(name, options):
    try:
        tell(f"{name}.started")
        yield "first"
        while not (DIRECTORY / f"{name}.open").exists():
            await asyncio.sleep(0.005)
        yield "second"
    finally:
        tell(f"{name}.ended")


def break_off(rest, options):
    yield from rest.split()
    raise ValueError("the line is broken")


def endless(rest, options):
    try:
        while True:
            yield "x" * 1000
    finally:
        tell(f"{rest}.ended")


ACTIONS = {
    "config": config,
    "usage": usage,
    "crash": crash,
    "fail": fail,
    "refuse": refuse,
    "wait": wait,
    "words": words,
    "stream": stream,
    "stream_async": stream_async,
    "break_off": break_off,
    "endless": endless,
}
