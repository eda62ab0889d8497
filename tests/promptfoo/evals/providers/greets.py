"""Greets whom the prompt names."""

import json


def call_api(prompt, options, context):
    if prompt.startswith("["):
        prompt = " / ".join(message["content"] for message in json.loads(prompt))
    return {"output": prompt.replace("Greet", "Hello")}
