"""A package is imported that is not installed."""

import a_package_that_nobody_has


def call_api(prompt, options, context):
    return {"output": a_package_that_nobody_has.answer(prompt)}
