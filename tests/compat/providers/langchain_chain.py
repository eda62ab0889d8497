"""A LangChain chain of prompt, model and parser at module level, invoked by a plain function."""

from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda

prompt_template = ChatPromptTemplate.from_messages([("system", "Be terse."), ("human", "{question}")])
model = FakeListChatModel(responses=["forty-two"])
chain = prompt_template | RunnableLambda(lambda value: value.to_messages()) | model | StrOutputParser()


def call_api(prompt, options, context):
    return {"output": f"{prompt}: {chain.invoke({'question': prompt})}"}
