"""A multiprocessing.Manager at module level shares a dict with its processes."""

import multiprocessing

manager = shared = None


def put(shared, key):
    shared[key] = len(key)


def call_api(prompt, options, context):
    global manager, shared
    if manager is None:
        manager = multiprocessing.get_context("fork").Manager()
        shared = manager.dict()
    process = multiprocessing.get_context("fork").Process(target=put, args=(shared, prompt))
    process.start()
    process.join()
    return {"output": dict(shared)}
