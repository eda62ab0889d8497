"""The script loads itself anew, found in sys.modules by its name."""

import importlib
import sys

try:
    loaded += 1
except NameError:
    loaded = 1


def call_api(prompt, options, context):
    module = importlib.reload(sys.modules[__name__])
    return {"output": module.loaded > 1}
