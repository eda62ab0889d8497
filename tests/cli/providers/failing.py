"""Fails in the way that the prompt names."""

import os


def call_api(prompt, options, context):
    if prompt == "raise":
        raise ValueError("this prompt is not for me")
    if prompt == "crash":
        os.abort()
    if prompt == "provider error":
        return {"error": "rate limit", "output": None}
    if prompt == "falsy errors":
        return {"output": "fine", "error": options["config"]["error"]}
    if prompt == "no output":
        return {"answer": 42}
    if prompt == "nan":
        return {"output": [1.0, float("nan")]}
    if prompt == "bytes":
        return {"output": b"\x00\xff"}
    if prompt == "surrogate":
        return {"output": "a\ud800b"}
    return {"output": prompt}
