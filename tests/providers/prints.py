"""Prints things; the prompt says which."""

import os
import sys


def call_api(prompt, options, context):
    if prompt == "endless line":
        for _ in range(20):
            os.write(1, b"x" * 1_000_000)
        os.write(1, b"\nafter\n")
    elif prompt == "any bytes":
        os.write(2, b"\xff\xfe bad bytes\n")
    else:
        print("out " + prompt)
        print("err " + prompt, file=sys.stderr)
    return {"output": prompt}
