"""Cannot be imported where $BROKEN_HERE is set."""

import os

if os.environ.get("BROKEN_HERE"):
    raise RuntimeError("the model is missing on this node")


def call_api(prompt, options, context):
    return {"output": prompt}
