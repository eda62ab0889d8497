"""The script is called like a module of the standard library that it imports itself."""

import json


def call_api(prompt, options, context):
    return {"output": json.loads(json.dumps([prompt, callable(getattr(json, "dumps", None))]))}
