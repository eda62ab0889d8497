"""A key is looked up in the environment while the module is imported, and is not there."""

import os

key = os.environ["A_KEY_THAT_NOBODY_HAS"]


def call_api(prompt, options, context):
    return {"output": key}
