"""Each function of a provider in one file, as methods too, and with all that they are given."""

import os

calls = 0


def call_api(prompt, options, context):
    global calls
    calls += 1
    return {"output": {"prompt": prompt, "options": options, "context": context, "calls": calls, "pid": os.getpid()}}


def count(prompt, options, context):
    global calls
    calls += 1
    usage = {"total": 7, "prompt": 3, "completion": 4}
    return {"output": f"call {calls}", "tokenUsage": usage, "cost": 0.25, "metadata": {"calls": calls}}


def call_embedding_api(prompt, options):
    """Texts that begin with the same letter are similar."""
    first = ord(prompt[0].lower()) - ord("a")
    return {"embedding": [float(number == first) for number in range(26)], "tokenUsage": {"total": 2}}


def call_classification_api(prompt, options):
    return {"classification": {"polite": 0.9, "rude": 0.1} if "please" in prompt else {"polite": 0.2, "rude": 0.8}}


class Model:
    def __init__(self, name):
        self.name = name
        self.answers = []

    def answer(self, prompt, options, context):
        self.answers.append(prompt)
        return {"output": f"{self.name}: answer {len(self.answers)} to {prompt}"}

    @staticmethod
    def fixed(prompt, options, context):
        return {"output": f"static: {prompt}"}

    @classmethod
    async def made(cls, prompt, options, context):
        return {"output": f"{cls.__name__}: {prompt}"}


model = Model("instance")
