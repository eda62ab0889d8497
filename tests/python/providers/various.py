"""Does what its arguments say."""

import asyncio
import os
import signal
import sys
import threading
import time

calls = 0


def call_api(prompt, options, context):
    global calls
    calls += 1
    print("called with", prompt)
    return {"output": prompt, "options": options, "context": context, "calls": calls, "pid": os.getpid()}


def call_embedding_api(prompt, options):
    return {"embedding": [float(len(prompt))] * 3}


async def call_classification_api(prompt, options):
    await asyncio.sleep(0)
    return {"classification": {"short": 1.0 if len(prompt) < 10 else 0.0}}


class Tools:
    @staticmethod
    def add(a, b):
        return a + b


def ascii_of(*args):
    return [ascii(arg) for arg in args]


def echo(*args):
    return list(args)


def no_output(prompt, options, context):
    return {"text": prompt}


def raises(message):
    raise ValueError(message)


def wait_at(path, then=None):
    with open(path):
        pass
    return then


def interrupt_parent_and_wait():
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(3600)


def sleep():
    time.sleep(3600)


def announce_and_sleep(path):
    with open(path, "w"):  # a named pipe: returns when somebody reads
        pass
    time.sleep(3600)


def die():
    os.kill(os.getpid(), signal.SIGSEGV)


def say(text):
    print(text)
    print(text.upper(), file=sys.stderr)


def thread_name():
    return threading.current_thread().name


def use_up_descriptors():
    kept = []
    while True:
        kept.append(open("/dev/null"))


def nested(levels):
    value = []
    for _ in range(levels - 1):
        value = [value]
    return value
