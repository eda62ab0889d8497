"""Keeps each conversation in a variable."""

import os

turns = {}


def call_api(prompt, options, context):
    session = prompt[0]
    turns.setdefault(session, []).append(prompt)
    if prompt.endswith("crash"):
        os.abort()
    return {"output": " ".join(turns[session]), "pid": os.getpid(), "options": options, "context": context}


def echo(value):
    return [value, os.getpid()]
