"""Cannot be imported."""

import no_such_module_anywhere  # noqa: F401


def call_api(prompt, options, context):
    return {"output": prompt}
