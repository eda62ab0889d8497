"""The function is a functools.partial of a more general one."""

import functools


def ask(model, prompt, options, context, *, temperature=1.0):
    return {"output": f"{model} {temperature} {prompt}"}


call_api = functools.partial(ask, "gpt", temperature=0)
