"""LitServe, one worker process: serve_litserve.py SCRIPT PORT [plain].

Serves its OpenAISpec, or with "plain" a LitAPI that passes JSON objects as they are, which is less work.
"""

import inspect
import sys

import chat
import litserve


class Scripted(litserve.LitAPI):
    def setup(self, device):
        self.call_api = chat.load(sys.argv[1])


class Plain(Scripted):
    def decode_request(self, request):
        return request

    def predict(self, request):
        return chat.completion(request, self.call_api(chat.prompt_of(request), {}, {})["output"])

    def encode_response(self, output):
        return output


class Spec(Scripted):
    def decode_request(self, request):
        return request.messages[-1].content

    def predict(self, prompt):
        yield self.call_api(prompt, {}, {})["output"]

    def encode_response(self, outputs):
        for output in outputs:
            yield {"role": "assistant", "content": output}


class SpecStreams(Scripted):
    async def decode_request(self, request):
        return request.messages[-1].content

    async def predict(self, prompt):
        async for item in self.call_api(prompt, {}, {}):
            yield item

    async def encode_response(self, outputs):
        async for output in outputs:
            yield {"role": "assistant", "content": output}


def api():
    if "plain" in sys.argv:
        return Plain(api_path=chat.PATH)
    if inspect.isasyncgenfunction(chat.load(sys.argv[1])):
        return SpecStreams(spec=litserve.OpenAISpec(), enable_async=True)
    return Spec(spec=litserve.OpenAISpec())


if __name__ == "__main__":
    server = litserve.LitServer(api(), accelerator="cpu", workers_per_device=1, timeout=False)
    options = {"num_api_servers": 1, "generate_client_file": False, "log_level": "warning", "access_log": False}
    server.run("127.0.0.1", int(sys.argv[2]), **options)
