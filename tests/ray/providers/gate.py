"""A prompt that is a path waits until it exists."""

from echo import wait_for


def call_api(prompt, options, context):
    return {"output": wait_for(prompt) if prompt.startswith("/") else prompt}
