"""A temporary folder lives as long as the module, and each call has a file of its own in it."""

import os
import tempfile

folder = tempfile.TemporaryDirectory(prefix="provider-")


def call_api(prompt, options, context):
    with tempfile.NamedTemporaryFile("w+", dir=folder.name, suffix=".txt", encoding="utf-8") as file:
        file.write(prompt)
        file.seek(0)
        text = file.read()
    with open(os.path.join(folder.name, "all"), "a") as kept:
        kept.write(".")
    return {"output": [text, os.path.getsize(os.path.join(folder.name, "all")) > 0]}
