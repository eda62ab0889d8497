"""tenacity retries an async function, with its waits on the event loop."""

import tenacity


class Busy(Exception):
    pass


@tenacity.retry(
    stop=tenacity.stop_after_attempt(3),
    wait=tenacity.wait_random(0, 0.002),
    retry=tenacity.retry_if_exception_type(Busy),
    reraise=True,
)
async def ask(prompt, attempts):
    attempts.append(prompt)
    if len(attempts) <= int(prompt):
        raise Busy(f"{len(attempts)} times")
    return len(attempts)


async def call_api(prompt, options, context):
    return {"output": await ask(prompt, [])}
