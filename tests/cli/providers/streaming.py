"""Generators. `call_api` yields the items of a JSON array, others the words of the prompt. `gated` waits before a word
that starts with "wait" until the test opens its gate; see Gate in conftest.py."""

import json
import os
import pathlib
import time

DIRECTORY = pathlib.Path(os.environ.get("GATE_DIRECTORY", "."))
if "GATE_DIRECTORY" in os.environ:
    (DIRECTORY / f"{os.getpid()}.pid").write_text(str(os.getpid()))


def note(word):
    with open(DIRECTORY / "begun.log", "a") as log:
        log.write(word + "\n")


def call_api(prompt, options, context):
    yield from json.loads(prompt)


async def words(prompt, options, context):
    for word in prompt.split():
        yield word + " "


def gated(prompt, options, context):
    try:
        for word in prompt.split():
            note(word)
            while word.startswith("wait") and not (DIRECTORY / f"{word}.open").exists():
                time.sleep(0.005)
            yield word + " "
    finally:
        note("closed")


def breaks(prompt, options, context):
    yield from prompt.split()
    raise ValueError("the line is broken")


def returns(prompt, options, context):
    yield "text"
    return json.loads(prompt)
