"""The function wants a fourth argument that nobody gives."""


def call_api(prompt, options, context, session):
    return {"output": prompt}
