"""An async provider with one client for its whole life: connection and lock are made once and reused by every call.

Such a client breaks under `asyncio.run` per call ("attached to a different loop"). The service it talks to stands in
for a model's API: a small server in a thread of this process, on a port of the loopback interface.
"""

import asyncio
import json
import threading


class Service:
    """Sends one JSON line per request line, after 5 ms, as a network would."""

    def __init__(self):
        self.port = 0
        self._listening = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        if not self._listening.wait(timeout=10):
            raise RuntimeError("the local service did not start")

    async def _serve(self):
        server = await asyncio.start_server(self._respond, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        async with server:
            await server.serve_forever()

    async def _respond(self, reader, writer):
        while line := await reader.readline():
            await asyncio.sleep(0.005)
            text = json.loads(line)["text"]
            response = {"reversed": text[::-1], "characters": len(text)}
            writer.write(json.dumps(response).encode() + b"\n")
            await writer.drain()
        writer.close()


class Client:
    """Keeps one connection; the lock lets one request at a time use it."""

    def __init__(self, port):
        self._port = port
        self._lock = asyncio.Lock()
        self._connection = None
        self.requests = 0

    async def ask(self, text):
        async with self._lock:
            reader, writer = self._connection or await asyncio.open_connection("127.0.0.1", self._port)
            self._connection = None  # a request that fails or is cancelled half-way must not leave its response behind
            writer.write(json.dumps({"text": text}).encode() + b"\n")
            await writer.drain()
            response = json.loads(await reader.readline())
            self._connection = reader, writer
            self.requests += 1
            return response


client = Client(Service().port)


async def call_api(prompt, options, context):
    response = await client.ask(prompt)
    return {
        "output": response["reversed"],
        "tokenUsage": {"total": response["characters"]},
        "metadata": {"requests_of_this_client": client.requests},
    }
