"""What is imported and defined depends on sys.version_info and sys.platform."""

import sys

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = None

if sys.platform == "win32":
    LINE_END = "\r\n"
else:
    LINE_END = "\n"

if sys.version_info < (3, 8):
    raise RuntimeError("Python 3.8 or newer, please")


def call_api(prompt, options, context):
    if tomllib is None:
        return {"output": 5}
    return {"output": tomllib.loads(f"value = {prompt}{LINE_END}")["value"]}
