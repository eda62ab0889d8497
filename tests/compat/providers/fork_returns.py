"""A forked child is forgotten and returns from the function as its parent does."""

import os


def call_api(prompt, options, context):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return {"output": f"{prompt} once"}
