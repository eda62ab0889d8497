"""Meets a busy server once; counts its calls in a file."""

import os


def call_embedding_api(text, options):
    with open("calls.txt", "a") as file:
        file.write(f"embedding: {text}\n")
    return {"embedding": [1.0, 0.5]}


def call_api(prompt, options, context):
    with open("calls.txt", "a") as file:
        file.write(f"{prompt}\n")
    if prompt == "busy" and not os.path.exists("waited"):
        open("waited", "w").close()
        raise RuntimeError("503 Service Unavailable")
    if prompt == "fails":
        return {"error": "refused by the script"}
    return {"output": f"{prompt} answered", "tokenUsage": {"total": 5, "prompt": 2, "completion": 3}}
