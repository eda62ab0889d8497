"""Functions that stream, in every way that Python has. The prompt's words are the items."""

import asyncio
import itertools
import os
import time


def words(prompt, options, context):
    for word in prompt.split():
        yield word


async def words_async(prompt, options, context):
    for word in prompt.split():
        await asyncio.sleep(0)
        yield word


async def words_at_once(prompt, options, context):
    for word in prompt.split():
        yield word


async def later(prompt, options, context):
    """A coroutine that returns an asynchronous generator."""
    return words_async(prompt, options, context)


async def later_sync(prompt, options, context):
    return words(prompt, options, context)


def handed_on(prompt, options, context):
    return words_async(prompt, options, context)


def mapped(prompt, options, context):
    return map(str.lower, prompt.split())


class Counter:
    """An iterator that begins anew with each `iter()`."""

    def __iter__(self):
        self.count = 0
        return self

    def __next__(self):
        if self.count == 3:
            raise StopIteration
        self.count += 1
        return str(self.count)


class Client:
    """As streams of clients for both worlds: iterable by `for` and by `async for`, one of them per object."""

    def __init__(self, words):
        self.words = iter(words)

    def __iter__(self):
        return self

    def __next__(self):
        return "s:" + next(self.words)

    def __aiter__(self):
        return self

    async def __anext__(self):
        for word in self.words:
            return "a:" + word
        raise StopAsyncIteration

    def close(self):
        print("the client is closed", flush=True)


class Chunks:
    """Only `__aiter__`, which is an asynchronous generator."""

    def __init__(self, words):
        self.words = words

    async def __aiter__(self):
        for word in self.words:
            yield word


def counted(prompt, options, context):
    return Counter()


def client(prompt, options, context):
    return Client(prompt.split())


async def client_async(prompt, options, context):
    return Client(prompt.split())


def chunks(prompt, options, context):
    return Chunks(prompt.split())


class Model:
    def __init__(self, **fields):
        self.fields = fields

    def model_dump(self, mode="python"):
        return self.fields


def openai(prompt, options, context):
    for word in prompt.split():
        yield Model(id="x", choices=[{"index": 0, "delta": {"content": word}}])
    yield Model(id="x", choices=[], usage={"total_tokens": 5, "prompt_tokens": 2, "completion_tokens": 3})


def returns(prompt, options, context):
    yield "part"
    return {"output": prompt, "cost": 1}


def numbers(prompt, options, context):
    yield 1
    yield {"two": [2, None]}


def nothing(prompt, options, context):
    return iter(())


def plain(prompt, options, context):
    return {"output": prompt}


def raises(prompt, options, context):
    yield from prompt.split()
    raise ValueError("no")


async def raises_async(prompt, options, context):
    for word in prompt.split():
        yield word
    raise ValueError("no")


def yields_object(prompt, options, context):
    try:
        yield from prompt.split()
        yield {"output": [object()]}
        print("went on", flush=True)
    finally:
        print("closed", flush=True)


async def yields_object_async(prompt, options, context):
    try:
        for word in prompt.split():
            yield word
        yield {"output": [object()]}
        print("went on", flush=True)
    finally:
        await asyncio.sleep(0)
        print("closed", flush=True)


def yields_large(prompt, options, context):
    try:
        yield "small"
        yield "x" * int(prompt)
        print("went on", flush=True)
    finally:
        print("closed", flush=True)


def endless(prompt, options, context):
    return itertools.repeat(prompt)


def count(prompt, options, context):
    """Without end; says how many items it has made."""
    made = 0
    try:
        while True:
            made += 1
            print(f"made {made}.", flush=True)
            yield made
    except GeneratorExit:
        print(f"closed after {made}.", flush=True)
        raise


async def count_async(prompt, options, context):
    made = 0
    try:
        while True:
            made += 1
            print(f"made {made}.", flush=True)
            yield made
    except GeneratorExit:
        await asyncio.sleep(0)
        print(f"closed after {made}.", flush=True)
        raise


async def in_the_background(prompt, options, context):
    """A task of its own goes on while nobody reads."""

    async def tick():
        for _ in range(3):
            await asyncio.sleep(0.001)
        print("the task went on", flush=True)

    item = 0
    while True:
        if item == 100:
            task = asyncio.create_task(tick())
        item += 1
        yield item
        if item > 300:
            await task
            return


def sleeps(prompt, options, context):
    try:
        yield "first"
        print("sleeping", flush=True)
        time.sleep(1000)
    finally:
        print("cleaned up", flush=True)


async def sleeps_async(prompt, options, context):
    try:
        yield "first"
        print("sleeping", flush=True)
        await asyncio.sleep(1000)
    finally:
        print("cleaned up", flush=True)


def stubborn(prompt, options, context):
    """Goes on when it is closed."""
    while True:
        try:
            while True:
                yield "x" * 1000
        except GeneratorExit:
            print("ignored", flush=True)


def forks(prompt, options, context):
    yield "before"
    child = os.fork()
    yield "child" if child == 0 else "parent"
    print("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    yield "after"


def slow_end(prompt, options, context):
    try:
        while True:
            yield "x" * 1000
    finally:
        print("ending", flush=True)
        try:
            time.sleep(1000)
        finally:
            print("interrupted", flush=True)


async def slow_end_async(prompt, options, context):
    try:
        while True:
            yield "x" * 1000
    finally:
        print("ending", flush=True)
        try:
            await asyncio.sleep(1000)
        finally:
            print("interrupted", flush=True)


def raises_at_its_end(prompt, options, context):
    try:
        while True:
            yield "x" * 1000
    finally:
        raise ValueError("at the end")
