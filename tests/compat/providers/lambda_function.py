"""The function is a lambda."""

call_api = lambda prompt, options, context: {"output": prompt.swapcase()}
