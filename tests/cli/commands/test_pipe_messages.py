"""`provider-host pipe`: messages that are wrong, and bytes that are none."""

import json
import struct

import pytest
from conftest import ROOT, provider
from pipe_client import frame

ECHO = provider("echo.py")
DOCUMENT = ROOT / "docs" / "protocol.md"


@pytest.mark.parametrize(
    "message, number, said",
    [
        (b'{"type":"call","id":7,"args":["a",{}]}', 7, "call_api takes a prompt"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"arg":1}', 7, "the key 'arg' means nothing"),
        (b'{"arg":1,"type":"call","args":["a",{},{}],"id":7}', 7, "the key 'arg' means nothing"),
        (b'{"type":"call","id":7}', 7, "it has no 'args'"),
        (b'{"type":"call","id":7,"args":{}}', 7, "'args' must be an array of arguments, not {}"),
        (b'{"type":"call","id":7,"args":[1,2}}', 7, "the arguments are no JSON"),
        (b'{"type":"call","id":7,"args":[NaN,{},{}]}', 7, "the arguments are no JSON"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"function":7}', 7, "'function' must be a string, not 7"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"function":null}', 7, "'function' must be a string, not null"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"function":""}', 7, "'function' is empty"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"api":"chat"}', 7, "'api' must be call, embedding, "),
        (b'{"type":"call","id":7,"args":["a",{},{}],"api":"none"}', 7, "needs a function"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"timeout":"1"}', 7, "'timeout' must be a number of seconds"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"timeout":-1}', 7, "timeout must be a number of seconds"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"deadline":[]}', 7, "'deadline' must be a number of seconds"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"affinity":5}', 7, "'affinity' must be a string, not 5"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"retries":0.5}', 7, "'retries' must be an integer of 32 bits"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"retries":-1}', 7, "retries must be a whole number"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"input":-1}', 7, "'input' must be an integer from 0 to"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"item_timeout":-1}', 7, "item_timeout must be a number of seconds"),
        (b'{"type":"call","id":7,"args":["a",{},{}],"details":1}', 7, "'details' must be true or false, not 1"),
        (b'{"type":"call","id":7,"id":8,"args":["a",{},{}]}', 7, "'id' is given twice"),
        (b'{"type":"call","args":["a",{},{}]}', None, "it has no 'id'"),
        (b'{"type":"call","id":0,"args":[]}', None, "'id' must be an integer from 1 to 9007199254740991, not 0"),
        (b'{"type":"call","id":1.5,"args":[]}', None, "'id' must be an integer from 1 to 9007199254740991, not 1.5"),
        (b'{"type":"call","id":9007199254740992,"args":[]}', None, "not 9007199254740992"),
        (b'{"type":"call","id":-3,"args":[]}', None, "not -3"),
        (b'{"type":"call","id":"7","args":[]}', None, 'not "7"'),
        (b'{"type":"call","id":{"a":[7]},"args":[]}', None, "not {"),
        (b'{"id":7,"args":["a",{},{}]}', 7, "it has no 'type'"),
        (b'{"type":"shout","id":7,"args":["a",{},{}]}', 7, "'type' must be call, cancel or inspect, not \"shout\""),
        (b'{"type":["call"],"id":7,"args":[]}', 7, "'type' must be a string"),
        (b'{"type":"inspect","id":7,"args":[]}', 7, "the key 'args' means nothing in a message of type inspect"),
        (b'{"type":"cancel","id":7,"args":[]}', None, "the key 'args' means nothing in a message of type cancel"),
        (b'{"type":"cancel","id":"7"}', None, "'id' must be"),
        (b'{"type":"call","id":7,"args":["\xff",{},{}]}', 7, "it is not valid UTF-8 at byte 31"),
        (b'{"type":"call","id":7,"args":["a",{},{}]', None, "it is no JSON"),
        (b'{"type":"call","id":7,"args":["a",{},{}]} x', None, "it is no JSON"),
        (b'{"type":"call","id":7,"args":["a\n",{},{}]}', None, "it is no JSON"),
        (b'{"type":"call","id":7,"function":"\\ud800","args":[]}', 7, "its texts must be valid Unicode"),
        (b"{}", None, "it has no 'type'"),
        (b"[1]", None, "it is no JSON object"),
        (b"hello", None, "it is no JSON"),
        (b" ", None, "it is no JSON"),
        (b"\x00", None, "it is no JSON"),
    ],
)
def test_a_wrong_message_costs_itself_only(pipe, message, number, said):
    client = pipe(ECHO)
    client.send(message)
    assert client.call("a", {}, {})["type"] == "result"
    assert client.end() == 0
    (error,) = client.of_type("error")
    assert error["id"] == number
    assert error["error"]["kind"] == "invalid_request"
    assert said in error["error"]["message"]


def test_a_second_call_of_an_unfinished_id_is_refused_and_the_first_goes_on(pipe, gate):
    client = pipe(provider("gate.py"), environment=gate.environment)
    client.send({"type": "call", "id": 3, "args": ["wait", {}, {}]})
    gate.wait_for("wait")
    client.send({"type": "call", "id": 3, "args": ["other", {}, {}]})
    client.send({"type": "inspect", "id": 3})
    client.wait(lambda: len(client.responses(3)) == 2, "two refusals")
    for refusal in client.responses(3):
        assert refusal["error"]["kind"] == "invalid_request"
        assert "belongs to a call that has no response yet" in refusal["error"]["message"]
    gate.open("wait")
    assert client.end() == 0
    assert client.responses(3)[2]["result"] == {"output": "wait"}
    assert gate.begun == ["wait"]


@pytest.mark.parametrize(
    "data, said",
    [
        (struct.pack(">I", 0), "a frame of length 0"),
        (struct.pack(">I", (256 << 20) + 1), "above the limit of 268435456"),
        (b'{"type":"call","id":1}\n', "above the limit of 268435456; these bytes look like text"),
        (frame({"type": "cancel", "id": 1})[:-1], "ended inside a frame"),
        (b"\x00\x00", "ended inside a frame"),
    ],
)
def test_bytes_that_are_no_frames_end_the_pipe_behind_the_calls_before_them(pipe, gate, data, said):
    client = pipe(provider("gate.py"), environment=gate.environment)
    running = client.ask("wait")
    gate.wait_for("wait")
    client.send_bytes(data)
    client.process.stdin.close()
    client.wait(lambda: client.of_type("error"), "the error")
    gate.open("wait")
    assert client.wait_for_end() == 2
    (error,) = client.of_type("error")
    assert (error["id"], error["error"]["kind"]) == (None, "protocol_error")
    assert said in error["error"]["message"]
    assert client.response(running)["type"] == "result"
    assert said in client.stderr


def test_frames_may_arrive_in_any_pieces(pipe):
    client = pipe(ECHO)
    data = b"".join(frame({"type": "call", "id": number, "args": ["ü", {}, {}]}) for number in range(1, 4))
    for byte in data[:100]:
        client.send_bytes(bytes([byte]))
    client.send_bytes(data[100:])
    assert client.end() == 0
    assert len(client.of_type("result")) == 3


def test_the_example_of_the_document_is_what_is_sent(pipe, host):
    lines = [line for line in DOCUMENT.read_text().split("\n") if line.endswith("|") and line[2:3] == " "]
    hexes = [line.partition("  |")[0] for line in lines]
    data = bytes.fromhex("".join(hexes))
    frames = []
    while data:
        size = 4 + struct.unpack(">I", data[:4])[0]
        frames.append(data[:size])
        data = data[size:]
    call, ready, result = frames[-3:]
    client = pipe(host.write("provider.py", "def call_api(*_):", "    return {'output': 'Grüezi'}"))
    client.send_bytes(call)
    assert client.end() == 0
    for message, example in zip(client.messages, (ready, result), strict=True):
        shown = json.loads(example[4:])
        assert list(message) == list(shown)
        assert message.get("result") == shown.get("result")
