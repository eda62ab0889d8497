"""The script asks the user when there is a terminal, and finds standard input at its end."""

import sys


def call_api(prompt, options, context):
    if sys.stdin.isatty():
        prompt = input("Really? ")
    return {"output": [prompt, sys.stdin.read()]}
