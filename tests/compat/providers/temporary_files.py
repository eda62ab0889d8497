"""A temporary directory lives as long as the module, and each call has a file of its own in it."""

import os
import tempfile

directory = tempfile.TemporaryDirectory(prefix="provider-")


def call_api(prompt, options, context):
    with tempfile.NamedTemporaryFile("w+", dir=directory.name, suffix=".txt", encoding="utf-8") as file:
        file.write(prompt)
        file.seek(0)
        text = file.read()
    with open(os.path.join(directory.name, "all"), "a") as kept:
        kept.write(".")
    return {"output": [text, os.path.getsize(os.path.join(directory.name, "all")) > 0]}
