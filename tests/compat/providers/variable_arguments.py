"""Everything is taken with *args, and kept positional."""


def call_api(*args, **kwargs):
    prompt, _, context = args
    return {"output": [len(args), len(kwargs), prompt, context["prompt"]["raw"]]}
