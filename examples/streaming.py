"""A provider that streams: what it says comes word by word, as from a language model.

Whoever asks for a stream gets each word at once; a plain call, promptfoo's for one, gets all of them together. The last
item is a chunk as OpenAI's API sends it: it adds no text, and becomes the `tokenUsage` of a plain call.
"""

import asyncio

PAUSE = 0.005  # seconds for each word


async def call_api(prompt, options, context):
    words = prompt.split()
    for word in words:
        await asyncio.sleep(PAUSE)
        yield word[::-1] + " "
    usage = {"total_tokens": 2 * len(words), "prompt_tokens": len(words), "completion_tokens": len(words)}
    yield {"choices": [], "usage": usage}
