"""inspect.getsource and linecache read the script's own source."""

import inspect
import sys


def helper(text):
    # a comment that is part of the source
    return text


def call_api(prompt, options, context):
    source = inspect.getsource(helper)
    return {
        "output": [
            "a comment" in source,
            inspect.getsourcefile(helper) == __file__,
            inspect.getmodule(helper) is not None,
        ]
    }
