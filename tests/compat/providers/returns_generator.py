"""The function yields, as if its answer were streamed."""


def call_api(prompt, options, context):
    for word in prompt.split():
        yield {"output": word}
