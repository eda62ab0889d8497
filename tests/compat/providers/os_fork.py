"""The process is forked by hand, and the child leaves with os._exit."""

import os


def call_api(prompt, options, context):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, prompt.upper().encode())
        os._exit(7)
    os.close(writing)
    with open(reading, "rb") as file:
        text = file.read().decode()
    return {"output": [text, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]}
