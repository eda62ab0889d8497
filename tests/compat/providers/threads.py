"""Each call starts threads and joins them; results come through a queue."""

import queue
import threading


def call_api(prompt, options, context):
    results = queue.Queue()
    threads = [threading.Thread(target=lambda word=word: results.put(word.upper())) for word in prompt.split()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"output": sorted(results.get() for _ in threads)}
