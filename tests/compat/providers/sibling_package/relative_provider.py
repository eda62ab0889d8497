"""A script in a package that imports its neighbours relatively, as only a module of a package may."""

from .answers import answer


def call_api(prompt, options, context):
    return {"output": answer(prompt)}
