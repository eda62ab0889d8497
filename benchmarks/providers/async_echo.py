"""The least that an async provider can do."""


async def call_api(prompt, options, context):
    return {"output": prompt}
