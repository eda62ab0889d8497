"""Errors of the API are caught and returned as `error`."""

import os

from openai import APIStatusError, OpenAI

client = OpenAI(base_url=os.environ["MODEL_SERVER"] + "/v2", max_retries=0)


def call_api(prompt, options, context):
    try:
        answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": prompt}])
    except APIStatusError as error:
        return {"error": f"{type(error).__name__} {error.status_code}"}
    return {"output": answer.choices[0].message.content}
