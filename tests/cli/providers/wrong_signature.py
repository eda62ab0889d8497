def call_api():
    return {"output": "never"}
