"""The recursion limit is raised, and the script recurses deeper than Python allows by default."""

import sys

sys.setrecursionlimit(5000)


def depth(left):
    return 0 if left == 0 else 1 + depth(left - 1)


def call_api(prompt, options, context):
    return {"output": depth(int(prompt))}
