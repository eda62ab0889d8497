"""Prints everywhere, without line ends, of all kinds, to stdout and stderr, by print and by write."""

import os
import sys

print("importing", end="")
print("DONE|/tmp/response.json")


def call_api(prompt, options, context):
    print(f"prompt: {prompt}", flush=True)
    print("no end of line", end="")
    sys.stdout.write('{"type": "result"}\n')
    sys.stderr.write("ERROR: nothing happened\n")
    os.write(1, b"\xff\xfe raw bytes\n")
    print("x" * 200_000)
    return {"output": prompt}
