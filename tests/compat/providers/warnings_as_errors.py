"""Warnings are errors, and one of them is caught."""

import warnings

warnings.filterwarnings("error")
warnings.filterwarnings("ignore", category=DeprecationWarning)


def call_api(prompt, options, context):
    warnings.warn("old", DeprecationWarning, stacklevel=2)
    try:
        warnings.warn(prompt, UserWarning, stacklevel=2)
    except UserWarning as warning:
        return {"output": str(warning)}
    return {"output": None}
