"""A call_api that works, beside stubs that were copied with it."""


def call_api(prompt, options, context):
    return {"output": prompt}


def call_embedding_api(prompt: str):
    pass


def call_classification_api(prompt: str):
    pass
