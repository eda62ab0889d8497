"""A model server on 127.0.0.1 that knows enough of the protocols of OpenAI and Anthropic for their clients.

It answers a prompt with that prompt in capitals, and a rubric of promptfoo with a verdict; an embedding is the number
of characters and of words."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeModelServer:
    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.environment = {
            "OPENAI_BASE_URL": f"{self.url}/v1",
            "OPENAI_API_KEY": "sk-not-a-key",
            "MODEL_SERVER": self.url,
        }
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open, as clients expect
    disable_nagle_algorithm = True

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        route = {
            "/v1/chat/completions": self.chat,
            "/v1/embeddings": self.embeddings,
            "/v1/messages": self.messages,
        }.get(self.path)
        if route is None:
            self.send_json({"error": {"message": f"no such path: {self.path}"}}, 404)
        else:
            route(request)

    def chat(self, request):
        text = request["messages"][-1]["content"].upper()
        if "<RUBRIC>" in text:
            text = json.dumps({"pass": len(text) % 2 == 0, "score": 0.5, "reason": f"{len(text)} characters"})
        answer = {"id": "chatcmpl-1", "created": 1, "model": request["model"], "object": "chat.completion"}
        if request.get("stream"):
            answer["object"] = "chat.completion.chunk"
            deltas = [{"role": "assistant", "content": ""}, *({"content": part} for part in _parts(text)), {}]
            chunks = [{**answer, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
            chunks[-1]["choices"][0]["finish_reason"] = "stop"
            self.send_events([("", json.dumps(chunk)) for chunk in chunks] + [("", "[DONE]")])
            return
        message = {"role": "assistant", "content": text}
        answer["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]
        answer["usage"] = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
        self.send_json(answer)

    def embeddings(self, request):
        texts = [request["input"]] if isinstance(request["input"], str) else request["input"]
        data = [
            {"object": "embedding", "index": index, "embedding": [float(len(text)), float(len(text.split()))]}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 2, "total_tokens": 2}
        self.send_json({"object": "list", "data": data, "model": request["model"], "usage": usage})

    def messages(self, request):
        deltas = [
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": part}}
            for part in _parts(request["messages"][-1]["content"].upper())
        ]
        events = [{"type": "message_start"}, {"type": "ping"}, *deltas, {"type": "message_stop"}]
        self.send_events([(event["type"], json.dumps(event)) for event in events])

    def send_json(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_events(self, events):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for name, data in events:
            chunk = ((f"event: {name}\n" if name else "") + f"data: {data}\n\n").encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format, *args):
        pass


def _parts(text):
    """As tokens come: three characters at a time."""
    return [text[start : start + 3] for start in range(0, len(text), 3)]
