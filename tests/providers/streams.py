"""Functions that stream, in every way. What happens to a generator in the end is printed."""

import asyncio
import ctypes
import os
import sys
import time


def tell(what):
    print(what, flush=True)


def numbers(count):
    for number in range(count):
        yield str(number)


async def numbers_async(count):
    for number in range(count):
        yield str(number)
        await asyncio.sleep(0)


def iterator(count):
    return iter([str(number) for number in range(count)])


async def returned_generator(count):
    await asyncio.sleep(0)
    return numbers(count)


def returned_async_generator(count):
    return numbers_async(count)


class Chunks:
    """As the stream of an OpenAI client."""

    def __init__(self, count):
        self.left = iter(range(count))

    def __iter__(self):
        return self

    def __next__(self):
        return {"choices": [{"delta": {"content": str(next(self.left))}}]}

    def close(self):
        tell("chunks closed")


def chunks(count):
    return Chunks(count)


def one_value(text):
    return {"output": text}


def with_result(count):
    yield from numbers(count)
    return {"output": "all", "tokenUsage": {"total": count}}


def of_all_kinds():
    yield "text"
    yield 1.5
    yield {"output": "delta"}
    yield [None, True]
    yield b"bytes" if False else "ü €"


def counted(count, path):
    """Writes down how far it is."""
    with open(path, "w") as file:
        for number in range(count):
            file.seek(0)
            file.write(str(number))
            file.flush()
            yield str(number)


def raises_behind(count):
    yield from numbers(count)
    raise ValueError("in mid-stream")


async def raises_behind_async(count):
    async for item in numbers_async(count):
        yield item
    raise ValueError("in mid-stream")


def bad_item_behind(count):
    try:
        yield from numbers(count)
        yield {"output": [1, float("nan")]}
    except GeneratorExit:
        tell("bad item: closed")
        raise


def dies_behind(count):
    yield from numbers(count)
    ctypes.string_at(0)


async def dies_behind_async(count):
    async for item in numbers_async(count):
        yield item
    os.kill(os.getpid(), 9)


async def dies_at_once(count):
    """Before its event loop does anything else."""
    for number in range(count):
        yield str(number)
    os.kill(os.getpid(), 9)


def hangs_behind(count):
    try:
        yield from numbers(count)
        tell("hangs")
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        tell("interrupted")
        raise


async def hangs_behind_async(count):
    try:
        async for item in numbers_async(count):
            yield item
        tell("hangs")
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        tell("cancelled")
        raise


def endless():
    number = 0
    try:
        while True:
            yield str(number)
            number += 1
    except GeneratorExit:
        tell("closed by GeneratorExit")
        raise
    finally:
        tell("finally")


async def endless_async():
    number = 0
    try:
        while True:
            yield str(number)
            number += 1
            await asyncio.sleep(0)
    except GeneratorExit:
        tell("closed by GeneratorExit")
        raise
    finally:
        tell("finally")


def ignores_closing():
    while True:
        try:
            yield "again"
        except GeneratorExit:
            tell("ignored")


def large(count, size):
    for _ in range(count):
        yield "x" * size


def fork_in_the_middle():
    yield "before"
    if os.fork() == 0:
        tell("child")
    yield "after"


def where():
    yield str(os.getpid())
    sys.stdout.write("printed\n")


def large_for_ever():
    while True:
        yield "x" * 1_000_000
