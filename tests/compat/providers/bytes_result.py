"""Raw bytes are returned, which JSON has no form for."""


def call_api(prompt, options, context):
    return {"output": prompt.encode()}
