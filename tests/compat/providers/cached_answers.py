"""lru_cache keeps answers from call to call; a lock, as it runs the function twice for threads that ask at once."""

import functools
import threading

computed = 0
lock = threading.Lock()


@functools.lru_cache(maxsize=100)
def expensive(prompt):
    global computed
    computed += 1
    return f"{prompt} {computed}"


def call_api(prompt, options, context):
    with lock:
        return {"output": expensive(prompt)}
