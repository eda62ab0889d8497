"""A ThreadPoolExecutor at module level maps a function over the parts of a prompt."""

from concurrent.futures import ThreadPoolExecutor, as_completed

executor = ThreadPoolExecutor(max_workers=4)


def call_api(prompt, options, context):
    futures = {executor.submit(str.upper, word): word for word in prompt.split()}
    return {"output": {futures[future]: future.result() for future in as_completed(futures)}}
