"""Integers with more digits than a double has."""


def call_api(prompt, options, context):
    return {"output": 3 ** int(prompt)}
