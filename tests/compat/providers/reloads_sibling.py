"""A sibling with settings is loaded anew by every call."""

import importlib

import sibling_words


def call_api(prompt, options, context):
    sibling_words.GREETING = "changed"
    importlib.reload(sibling_words)
    return {"output": f"{sibling_words.GREETING} {prompt}"}
