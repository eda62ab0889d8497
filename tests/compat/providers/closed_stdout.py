"""Standard output is closed, since nobody is to see it."""

import os
import sys

sys.stdout.close()
sys.stdout = open(os.devnull, "w")


def call_api(prompt, options, context):
    print(prompt)
    return {"output": prompt}
