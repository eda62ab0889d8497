"""A provider script behind a POST of a chat completion, as someone would write it with Starlette's requests."""

import importlib.util
import json
import time
import uuid

from starlette.responses import JSONResponse, StreamingResponse

PATH = "/v1/chat/completions"


def load(script):
    """The function call_api of the script."""
    spec = importlib.util.spec_from_file_location("provider", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.call_api


def prompt_of(body):
    return body["messages"][-1]["content"]


def completion(body, text):
    message = {"role": "assistant", "content": text}
    return head(body, "chat.completion") | {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


def head(body, kind):
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": body["model"]}


async def events(body, items):
    chunk = head(body, "chat.completion.chunk")
    async for item in items:
        choice = {"index": 0, "delta": {"content": item}, "finish_reason": None}
        yield f"data: {json.dumps(chunk | {'choices': [choice]})}\n\n"
    choice = {"index": 0, "delta": {}, "finish_reason": "stop"}
    yield f"data: {json.dumps(chunk | {'choices': [choice]})}\n\ndata: [DONE]\n\n"


async def respond(call_api, request):
    body = await request.json()
    result = call_api(prompt_of(body), {}, {})
    if body.get("stream"):
        return StreamingResponse(events(body, result), media_type="text/event-stream")
    return JSONResponse(completion(body, result["output"]))
