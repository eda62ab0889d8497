"""Gives back what it was called with."""

import os


def call_api(prompt, options, context):
    return {"output": prompt, "options": options, "context": context, "pid": os.getpid()}


def call_embedding_api(prompt, options):
    return {"embedding": [len(prompt), 0.5], "options": options}


async def call_classification_api(prompt, options):
    return {"classification": {prompt: 1.0}}


def shout(prompt, options, context):
    return {"output": prompt.upper()}


def add(*numbers):
    return sum(numbers)


def same(*values):
    return list(values)


class Polite:
    @staticmethod
    def greet(prompt, options, context):
        return {"output": f"Good day, {prompt}"}
