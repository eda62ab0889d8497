"""A provider that takes plain prompts and conversations, and passes the whole compatibility suite."""

import json


def last_words(prompt):
    """The text of the last user in a conversation; of a plain prompt, all of it."""
    try:
        messages = json.loads(prompt)
    except ValueError:
        return prompt
    if not isinstance(messages, list):
        return prompt
    texts = [message["content"] for message in messages if message.get("role") == "user"]
    return texts[-1] if texts else ""


def call_api(prompt, options, context):
    config = options.get("config") or {}
    text = last_words(prompt)
    if not text.strip():
        return {"error": "the prompt is empty"}
    reply = text.upper() if config.get("loud") else text
    words = len(text.split())
    return {
        "output": reply[: config.get("limit", 200)],
        "tokenUsage": {"total": 2 * words, "prompt": words, "completion": words},
    }
