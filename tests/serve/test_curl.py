"""What people type: curl, with its own ways of sending."""

import json
import shutil
import subprocess

import pytest

CURL = shutil.which("curl")
pytestmark = pytest.mark.skipif(CURL is None, reason="there is no curl")
JSON = ["-H", "Content-Type: application/json"]


@pytest.fixture(scope="module")
def server(serving):
    server = serving("actions.py", "--chat-prompt", "last-user")
    server.wait_until_ready()
    return server


def curl(*arguments, data=None):
    done = subprocess.run([CURL, "-sS", "--max-time", "45", *arguments], input=data, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def curl_stream(server, path, body, *arguments):
    return subprocess.Popen(
        [CURL, "-sSN", "--max-time", "45", server.address + path, *arguments, "-d", json.dumps(body)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )


def data_lines(lines):
    return (line[len(b"data: ") :].rstrip() for line in lines if line.startswith(b"data: "))


def test_a_call_without_any_field(server):
    assert json.loads(curl(f"{server.api}/call", "-d", '{"prompt": "hello"}'))["result"]["output"] == "hello"


@pytest.mark.parametrize("events", [False, True])
def test_items_of_a_call_come_one_by_one(server, place, events):
    name = f"call-{events}"
    accept = ["-H", "Accept: text/event-stream"] if events else []
    with curl_stream(server, "/v1/call", {"prompt": f"stream {name}", "stream": True}, *accept) as process:
        lines = data_lines(process.stdout) if events else iter(process.stdout)
        assert json.loads(next(lines)) == {"item": "first"}
        place.open(name)
        assert json.loads(next(lines)) == {"item": "second"}
        place.open(f"{name}-end")
        assert json.loads(next(lines))["ok"] is True
        assert list(lines) == []
    assert process.returncode == 0


def test_chunks_of_a_chat_come_one_by_one(server, place):
    body = {"messages": [{"role": "user", "content": "stream chat"}], "stream": True}
    with curl_stream(server, "/v1/chat/completions", body) as process:
        lines = data_lines(process.stdout)
        content = (json.loads(line)["choices"][0]["delta"].get("content") for line in lines if line != b"[DONE]")
        texts = (text for text in content if text)
        assert next(texts) == "first"
        place.open("chat")
        assert next(texts) == "second"
        place.open("chat-end")
        assert list(texts) == []
    assert process.returncode == 0


def test_an_interrupted_curl_ends_the_call(server, place):
    with curl_stream(server, "/v1/call", {"prompt": "stream interrupted", "stream": True}) as process:
        process.stdout.readline()
        process.terminate()
    place.wait_for_end("interrupted")
    assert json.loads(curl(f"{server.api}/call", "-d", '{"prompt": "hello"}'))["result"]["output"] == "hello"


def test_events_of_the_server(server):
    with subprocess.Popen([CURL, "-sSN", f"{server.address}/events"], stdout=subprocess.PIPE) as process:
        events = data_lines(process.stdout)
        assert json.loads(next(events))["status"] == "ready"
        assert json.loads(next(events))["status"] == "ready"
        process.terminate()


def test_a_large_body_for_which_curl_asks_first(server, tmp_path):
    (tmp_path / "body").write_text(json.dumps({"prompt": "x" * 3_000_000}))
    shown = curl("-v", f"{server.api}/call", "--data-binary", f"@{tmp_path / 'body'}", "-H", "Expect: 100-continue")
    assert len(json.loads(shown)["result"]["output"]) == 3_000_000


def test_a_body_from_a_pipe_comes_in_chunks(server):
    body = json.dumps({"prompt": "y" * 300_000}).encode()
    text = curl(f"{server.api}/call", "-T", "-", "-X", "POST", *JSON, data=body)
    assert len(json.loads(text)["result"]["output"]) == 300_000


def test_head(server):
    text = curl("-I", f"{server.address}/health/ready")
    assert text.startswith("HTTP/1.1 200 OK\r\n")
    assert "content-length: " in text.lower()


def test_http_1_0(server):
    text = curl("-0", "-i", f"{server.api}/call", "-d", '{"prompt": "words a b", "stream": true}')
    assert "transfer-encoding" not in text.lower()
    lines = text.split("\r\n\r\n", 1)[1].splitlines()
    assert [json.loads(line) for line in lines[:2]] == [{"item": "a"}, {"item": "b"}]


def test_a_connection_is_kept_for_the_next_request(server):
    one = f"{server.address}/health/live"
    connects = curl(one, one, one, "-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ")
    assert connects.split() == ["1", "0", "0"]


def test_an_error_is_an_exit_code_of_curl(server):
    done = subprocess.run([CURL, "-sf", f"{server.api}/call", "-d", '{"prompt": "fail it"}'], capture_output=True)
    assert done.returncode == 22
