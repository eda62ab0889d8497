"""A map() is forgotten to be made a list."""


def call_api(prompt, options, context):
    return {"output": map(str.upper, prompt.split())}
