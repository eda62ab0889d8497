"""Keeps state over calls and tells how often it was imported (one line for each import in $IMPORT_LOG)."""
import os

if "IMPORT_LOG" in os.environ:
    with open(os.environ["IMPORT_LOG"], "a") as log:
        log.write(f"{os.getpid()}\n")

calls = 0


def call_api(prompt, options, context):
    global calls
    calls += 1
    if prompt == "raise":
        raise ValueError("no, not this one")
    return {"output": prompt, "calls": calls, "pid": os.getpid(), "options": options, "context": context}
