"""A decorator with functools.wraps measures the time of every call."""

import functools
import time

times = []


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            times.append(time.perf_counter() - start)

    return wrapper


@timed
def call_api(prompt, options, context):
    return {"output": prompt, "metadata": {"measured": len(times) >= 0}}
