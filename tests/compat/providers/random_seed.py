"""A seed is set when the module is imported, so that results can be had again."""

import random

random.seed(42)


def call_api(prompt, options, context):
    return {"output": random.randint(0, 1_000_000)}
