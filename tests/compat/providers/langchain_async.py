"""A LangChain chain with branches that run side by side, awaited."""

import asyncio

from langchain_core.runnables import RunnableLambda, RunnableParallel, RunnablePassthrough


async def shout(text):
    await asyncio.sleep(0)
    return text.upper()


chain = RunnableParallel(loud=RunnableLambda(shout), length=RunnableLambda(len), plain=RunnablePassthrough())


async def call_api(prompt, options, context):
    return {"output": await chain.ainvoke(prompt)}
