"""Next to nothing: the function hands back its prompt."""


def call_api(prompt, options, context):
    return {"output": prompt}
