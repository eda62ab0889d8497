"""The least that a generator can do."""

import asyncio


def items(count):
    for _ in range(count):
        yield "token"


def one_item(text):
    yield text


def one_value(text):
    return text


def large_items(count):
    for _ in range(count):
        yield "x" * 10_000


async def tokens(count):
    """As a model's: each takes a while."""
    for _ in range(count):
        await asyncio.sleep(0.01)
        yield "token"


async def endless():
    while True:
        yield "token"
        await asyncio.sleep(3600)
