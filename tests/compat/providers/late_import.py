"""A sibling is imported by a call, not by the module."""

import importlib


def call_api(prompt, options, context):
    import sibling_words

    module = importlib.import_module("sibling_package.answers")
    return {"output": [module.answer(prompt), sibling_words.GREETING]}
