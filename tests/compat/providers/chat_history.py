"""The prompt is a conversation in JSON, or a plain text; the script takes both."""

import json


def call_api(prompt, options, context):
    try:
        messages = json.loads(prompt)
    except json.JSONDecodeError:
        messages = [{"role": "user", "content": prompt}]
    return {"output": [f"{message['role']}: {message['content']}" for message in messages]}
