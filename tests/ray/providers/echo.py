"""Says where it runs."""

import os
import time


def call_api(prompt, options, context):
    return {"output": prompt, "pid": os.getpid(), "node": os.environ.get("NODE_NAME"), "file": __file__}


def call_embedding_api(prompt, options):
    return {"embedding": [float(len(prompt))]}


def add(a, b):
    return a + b


def fails(text):
    raise ValueError(text)


def wait_for(path):
    """Writes its process id into PATH.here, and returns once PATH exists."""
    writing = f"{path}.{os.getpid()}"
    with open(writing, "w") as file:
        file.write(str(os.getpid()))
    os.rename(writing, path + ".here")
    while not os.path.exists(path):
        time.sleep(0.01)
    return os.getpid()
