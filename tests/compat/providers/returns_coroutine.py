"""A plain function hands on the coroutine of an async one without awaiting it."""


async def ask(prompt):
    return {"output": prompt * 2}


def call_api(prompt, options, context):
    return ask(prompt)
