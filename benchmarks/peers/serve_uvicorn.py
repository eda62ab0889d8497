"""FastAPI and uvicorn, one process: serve_uvicorn.py SCRIPT PORT [thread].

The function runs in the event loop, or with "thread", for calls only, in a thread as FastAPI runs what may block.
"""

import sys

import chat
import uvicorn
from fastapi import FastAPI, Request

app = FastAPI()
call_api = chat.load(sys.argv[1])


async def in_loop(request: Request):
    return await chat.respond(call_api, request)


def in_thread(body: dict):
    return chat.completion(body, call_api(chat.prompt_of(body), {}, {})["output"])


if __name__ == "__main__":
    app.post(chat.PATH)(in_thread if "thread" in sys.argv else in_loop)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), access_log=False, log_level="warning")
