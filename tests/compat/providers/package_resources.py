"""importlib.resources reads a file of a package beside the script."""

import importlib.resources


def call_api(prompt, options, context):
    text = importlib.resources.files("sibling_package").joinpath("constants.py").read_text()
    return {"output": text.startswith("MARK")}
