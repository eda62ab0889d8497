"""Nothing but the standard library: urllib.request and json."""

import json
import os
import urllib.request


def call_api(prompt, options, context):
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": prompt}]}).encode()
    request = urllib.request.Request(
        os.environ["MODEL_SERVER"] + "/v1/chat/completions", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        return {"output": json.load(response)["choices"][0]["message"]["content"]}
