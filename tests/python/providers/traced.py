"""What the tests of tracing call."""

import asyncio
import functools
import os
import sys

calls = 0


def count():
    global calls
    calls += 1


def call_api(prompt, options, context):
    count()
    if prompt == "raise":
        raise ValueError("no such thing")
    if prompt == "raise text":
        raise ValueError(context["text"])
    if prompt == "exit":
        sys.exit("enough")
    if prompt == "odd error":
        raise Unprintable()
    if prompt == "error that ends":
        raise Ending()
    if prompt == "result that ends":
        return EndingResult(output="a result")
    if prompt == "modules":
        return {"output": [name for name in ("opentelemetry", "requests") if name in sys.modules]}
    if prompt == "calls":
        return {"output": calls}
    if prompt == "fork":
        return {"output": forked()}
    return context["test"]["result"] if "test" in context else {"output": prompt}


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class Ending(Exception):
    def __str__(self):
        raise KeyboardInterrupt("of __str__")


class EndingResult(dict):
    def get(self, key, default=None):
        raise SystemExit("of get")


def forked():
    child = os.fork()
    if child == 0:
        return "child"
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if hasattr(os, "waitstatus_to_exitcode") else 0


async def coroutine(prompt, options, context):
    await asyncio.sleep(0)
    return {"output": prompt}


class Awaited:
    async def __call__(self, prompt, options, context):
        return await coroutine(prompt, options, context)


class Own:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self.value


@functools.wraps(coroutine)
def decorated(*args):
    return coroutine(*args)


awaited = Awaited()


def task(*args):
    return asyncio.ensure_future(coroutine(*args)) if asyncio._get_running_loop() else coroutine(*args)


def own(prompt, options, context):
    return Own({"output": prompt})


async def raises(prompt, options, context):
    count()
    await asyncio.sleep(0)
    raise ValueError(prompt)


barrier = None


async def together(prompt, options, context):
    """Begins a span of its own while the other calls have theirs."""
    global barrier
    from opentelemetry import trace

    barrier = barrier or Barrier(context["test"]["parties"])
    with trace.get_tracer("own").start_as_current_span(f"outer of {prompt}"):
        await barrier.wait()
        with trace.get_tracer("own").start_as_current_span(f"inner of {prompt}"):
            await asyncio.sleep(0)
    return {"output": prompt}


class Barrier:
    def __init__(self, parties):
        self.parties = parties
        self.event = asyncio.Event()

    async def wait(self):
        self.parties -= 1
        if self.parties == 0:
            self.event.set()
        await self.event.wait()


def nested(prompt, options, context):
    from opentelemetry import trace

    with trace.get_tracer("own").start_as_current_span(f"outer of {prompt}"):
        return {"output": prompt}


def blocks(prompt, options, context):
    count()
    import time

    while True:
        time.sleep(60)


def words(prompt, options, context):
    """Has a span of its own before each item."""
    from opentelemetry import trace

    for word in prompt.split():
        with trace.get_tracer("own").start_as_current_span(f"before {word}"):
            if word == "raise":
                raise ValueError("no such word")
        yield word
    return {"output": prompt, "tokenUsage": {"total": 3}}


async def words_async(prompt, options, context):
    from opentelemetry import trace

    for word in prompt.split():
        with trace.get_tracer("own").start_as_current_span(f"before {word}"):
            await asyncio.sleep(0)
            if word == "raise":
                raise ValueError("no such word")
        yield word


async def words_later(prompt, options, context):
    return words_async(prompt, options, context)
