"""Keeps each conversation in a variable, as a script with a session does."""

import os
import pathlib
import time

history = {}


def call_api(prompt, options, context):
    session = context["vars"]["session"]
    turns = history.setdefault(session, [])
    turns.append(prompt)
    if prompt == "crash":
        os.abort()
    gate = os.environ.get("GATE_DIRECTORY")
    if prompt == "wait":
        pathlib.Path(gate, f"{session}.waiting").touch()
        while not pathlib.Path(gate, "open").exists():
            time.sleep(0.005)
    return {"output": " ".join(turns), "pid": os.getpid()}
