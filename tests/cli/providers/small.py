"""Answers in a few bytes, so that many calls take little time."""


def call_api(prompt, options, context):
    return {"output": len(prompt)}
