"""An embedding provider: it has no call_api."""


def call_embedding_api(prompt, options):
    return {"embedding": [len(prompt)], "options": options}
