"""The async function yields, as if its answer were streamed."""


async def call_api(prompt, options, context):
    for word in prompt.split():
        yield {"output": word}
