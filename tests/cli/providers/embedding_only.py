"""An embedding provider, as promptfoo's documentation shows one: it has no call_api."""


def call_embedding_api(prompt, options):
    return {"embedding": [len(prompt), 1.0]}
