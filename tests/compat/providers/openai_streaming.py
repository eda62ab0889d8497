"""An answer is streamed and put together with an async comprehension."""

import openai

client = openai.AsyncOpenAI(max_retries=0)


async def call_api(prompt, options, context):
    stream = await client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": prompt}], stream=True
    )
    pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
    return {"output": "".join(pieces), "metadata": {"pieces": len(pieces)}}
