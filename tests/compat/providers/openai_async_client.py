"""One AsyncOpenAI client at module level serves every call, so all of them must share an event loop."""

from openai import AsyncOpenAI

client = AsyncOpenAI()


async def call_api(prompt, options, context):
    answer = await client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": prompt}], timeout=20
    )
    return {"output": answer.choices[0].message.content}
