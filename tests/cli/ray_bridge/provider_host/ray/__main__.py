"""A bridge to no cluster: it runs calls in threads of its own, and misbehaves as the address or a prompt says.

$BRIDGE_DIRECTORY gets `start.json`, what it was told to begin with, and `pid`.
"""

import concurrent.futures
import importlib.util
import json
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path

MISBEHAVIOUR = {
    "die": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: (print("out of luck", file=sys.stderr, flush=True), os._exit(7)),
    "stray print": lambda: os.write(1, b"Traceback (most recent call last):\n"),
    "torn json": lambda: send_bytes(b'{"type":"result","id":'),
    "unknown message": lambda: send({"type": "surprise"}),
    "give up": lambda: (send_failed("pool_unavailable", "no actor is left"), os._exit(2)),
}
lock = threading.Lock()
withdrawn = threading.Event()
actors = [{"number": 1, "pool": {"restarts_by_cause": {"crash": 2}}}, {"number": 2, "pool": None}]
counts = {"submitted": 0, "succeeded": 0, "failed": 0, "errors_by_kind": {}, "restarts": 3, "lost_actors": 1}


def send_bytes(payload):
    data = len(payload).to_bytes(4, "big") + payload
    with lock:
        while data:
            data = data[os.write(1, data) :]


def send(message):
    send_bytes(json.dumps(message).encode())


def read_frame():
    header = sys.stdin.buffer.read(4)
    return json.loads(sys.stdin.buffer.read(int.from_bytes(header, "big"))) if header else None


def send_failed(kind, message, **more):
    send({"type": "failed", "error": {"kind": kind, "message": message, **more}})


def fail(kind, message, **more):
    send_failed(kind, message, **more)
    sys.exit(1)


def told_by(address, prefix, default):
    return json.loads(address[len(prefix) :]) if address.startswith(prefix) else default


def start():
    message = read_frame()
    directory = Path(os.environ["BRIDGE_DIRECTORY"])
    (directory / "start.json").write_text(json.dumps(message))
    (directory / "pid").write_text(str(os.getpid()))
    address = message["address"]
    if address == "import-fails":
        fail("import_failed", "the script cannot be imported: ValueError", traceback="Traceback: in line 3")
    if address == "unreachable":
        fail("invalid_request", "no Ray cluster at 'unreachable'")
    if address == "dies":
        sys.exit("the last words")
    if address == "hangs":
        time.sleep(3600)
    if address == "no-ray":
        import no_such_package_as_ray  # noqa: F401
    spec = importlib.util.spec_from_file_location("script", message["script"])
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    if address == "closes-stdin":
        os.close(0)
    print("ray says hello", file=sys.stderr, flush=True)
    ready = {"type": "ready", "protocol": 1, "api": "call", "actors": 2, "nodes": 1, "python": "3", "import_ms": 1.5}
    send({**ready, **told_by(address, "ready:", {})})
    send({"type": "log", "level": "warning", "host": 2, "source": "stderr", "text": "a line of host 2"})
    if address in ("deaf", "mute"):
        select.select([0], [], [])
        print("there is something to read", file=sys.stderr, flush=True)
    if address == "mute":
        withdrawn.wait()
        while select.select([0], [], [], 1)[0] and os.read(0, 1 << 20):
            pass
        os._exit(1)
    if address in ("deaf", "closes-stdin"):
        time.sleep(3600)
    return script, message


def run(script, call):
    action = MISBEHAVIOUR.get(call["args"][0])
    if action:
        action()
    if withdrawn.is_set():
        return {"type": "error", "id": call["id"], "error": {"kind": "cancelled", "message": "withdrawn"}}
    try:
        result = getattr(script, call.get("function", "call_api"))(*call["args"])
        return {"type": "result", "id": call["id"], "result": result}
    except Exception as error:
        text = {"kind": "python_exception", "message": str(error), "type": type(error).__name__}
        return {"type": "error", "id": call["id"], "error": text}


def respond(script, call):
    response = run(script, call)
    with lock:
        ok = response["type"] == "result"
        counts["submitted"] += 1
        counts["succeeded" if ok else "failed"] += 1
        if not ok:
            kind = response["error"]["kind"]
            counts["errors_by_kind"][kind] = counts["errors_by_kind"].get(kind, 0) + 1
    response.update(latency_ms=2.5, host=7, pid=os.getpid(), stdout="printed", stderr="and logged")
    for _ in range(2 if call["args"][0] == "twice" else 1):
        send(response)


def end_with_the_reader():
    poll = select.poll()
    poll.register(1, select.POLLERR)
    poll.poll()
    os._exit(1)


def on_interrupt(number, frame):
    if withdrawn.is_set():
        os._exit(1)
    withdrawn.set()
    print("withdrawn", file=sys.stderr, flush=True)


def main():
    signal.signal(signal.SIGINT, on_interrupt)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(130))
    threading.Thread(target=end_with_the_reader, daemon=True).start()
    script, message = start()
    options = message["options"]
    threads = message["actors"] * options.get("workers", 1) * options.get("concurrency", 1) if message["actors"] else 1
    with concurrent.futures.ThreadPoolExecutor(threads) as executor:
        while call := read_frame():
            assert call["type"] == "call" and call["details"] is True, call
            if message["address"] == "writes-before-it-reads":
                respond(script, call)
            else:
                executor.submit(respond, script, call)
    if message["address"] == "gives up at the end":
        fail("pool_unavailable", "no actor is left")
    send({"type": "stats", "stats": told_by(message["address"], "stats:", {**counts, "actors": actors})})


main()
