"""The message of an openai completion is the output, as it is."""

from openai.types.chat import ChatCompletion


def call_api(prompt, options, context):
    message = {"role": "assistant", "content": prompt}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    completion = ChatCompletion.model_validate(
        {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    )
    return {"output": completion.choices[0].message}
