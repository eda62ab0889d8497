"""A requests.Session with retries, a pool of connections and a header that is set once."""

import os

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

session = requests.Session()
session.mount("http://", HTTPAdapter(max_retries=Retry(total=2, backoff_factor=0.1), pool_maxsize=8))
session.headers["Authorization"] = f"Bearer {os.environ['OPENAI_API_KEY']}"


def call_api(prompt, options, context):
    response = session.post(
        f"{os.environ['MODEL_SERVER']}/v1/chat/completions",
        json={"model": "m", "messages": [{"role": "user", "content": prompt}]},
        timeout=20,
    )
    response.raise_for_status()
    return {"output": response.json()["choices"][0]["message"]["content"]}
