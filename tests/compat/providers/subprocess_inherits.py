"""A program writes to the script's own standard output, and one is left running behind."""

import subprocess
import sys

left = subprocess.Popen(["sleep", "60"])


def call_api(prompt, options, context):
    code = subprocess.call([sys.executable, "-S", "-c", "print('DONE|from a child'); print('READY')"])
    return {"output": [prompt, code, left.poll()]}
