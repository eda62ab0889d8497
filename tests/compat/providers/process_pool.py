"""A ProcessPoolExecutor with the script's own function, made by the first call and kept."""

from concurrent.futures import ProcessPoolExecutor
import threading

executor = None
making = threading.Lock()


def square(number):
    return number * number


def call_api(prompt, options, context):
    global executor
    with making:
        executor = executor or ProcessPoolExecutor(max_workers=2)
    return {"output": list(executor.map(square, map(int, prompt.split())))}
