"""A retry decorator of the script's own, with pauses that grow."""

import functools
import time

failures = {}


def retry(times, pause):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(prompt, *args):
            for attempt in range(times):
                try:
                    return function(prompt, attempt)
                except ConnectionError:
                    time.sleep(pause * 2**attempt)
            raise TimeoutError("no attempt left")

        return wrapper

    return decorate


@retry(3, 0.001)
def call_api(prompt, attempt):
    if attempt < int(prompt):
        raise ConnectionError("busy")
    return {"output": attempt}
