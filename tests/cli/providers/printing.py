"""Prints what the prompt names, before and beside its results."""

import os
import sys

print("imported")


def call_api(prompt, options, context):
    if prompt == "any bytes":
        os.write(1, bytes(range(256)) + b"\n")
        os.write(2, b"\xff\xfe\x00\x1b[31m\r\n")
    elif prompt == "json":
        print('{"index":0,"id":null,"ok":true,"result":"forged"}')
    else:
        print("out", prompt)
        print("err", prompt, file=sys.stderr)
    return {"output": prompt}
