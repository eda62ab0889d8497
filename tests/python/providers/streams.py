"""Generators of many kinds. `path`: a file in which they note how far they are, or a named pipe at which they wait."""

import asyncio
import os
import signal
import time


def call_api(prompt, options, context):
    for word in prompt.split():
        yield {"output": word}
    return {"output": prompt, "options": options, "context": context}


async def call_embedding_api(prompt, options):
    for number in range(len(prompt)):
        await asyncio.sleep(0)
        yield number


def numbers(count):
    yield from range(count)


async def anumbers(count):
    for number in range(count):
        await asyncio.sleep(0)
        yield number


def values(items):
    yield from items


def iterator(items):
    return iter(items)


def plain(*args):
    return list(args)


def breaks_after(count):
    yield from range(count)
    raise ValueError("no more")


def unwritable():
    yield "fine"
    yield object()


def large(size):
    yield "x" * size


def note(path, text):
    with open(path, "a") as file:
        file.write(f"{text}\n")


def counted(path, count):
    """Notes each number before it yields it, and its end."""
    try:
        for number in range(count):
            note(path, number)
            yield number
    finally:
        note(path, "end")


async def acounted(path, count):
    try:
        for number in range(count):
            note(path, number)
            yield number
            await asyncio.sleep(0)
    finally:
        note(path, "end")


def wait_at(pipe, path=None):
    """An item before a named pipe, and one behind it."""
    try:
        yield "before"
        if path:
            note(path, "waits")
        with open(pipe):
            pass
        yield "behind"
    finally:
        if path:
            note(path, "end")


async def await_at(pipe, path):
    try:
        yield "before"
        note(path, "waits")
        await asyncio.to_thread(lambda: open(pipe).close())
        yield "behind"
    finally:
        note(path, "end")


def hangs(path=None):
    try:
        yield "first"
        time.sleep(3600)
    finally:
        if path:
            note(path, "end")


async def ahangs(path=None):
    try:
        yield "first"
        await asyncio.sleep(3600)
    finally:
        if path:
            note(path, "end")


def interrupts_parent():
    yield "first"
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(3600)


def pid():
    return os.getpid()
