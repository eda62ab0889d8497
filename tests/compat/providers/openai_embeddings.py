"""Embeddings come from a client that is made on first use and kept in a global."""

import openai

_client = None


def get_client():
    global _client
    if _client is None:
        _client = openai.OpenAI()
    return _client


def call_embedding_api(prompt, options):
    answer = get_client().embeddings.create(model="text-embedding-3-small", input=prompt, encoding_format="float")
    return {"embedding": answer.data[0].embedding, "tokenUsage": {"total": answer.usage.total_tokens}}
