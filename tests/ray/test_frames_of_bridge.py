"""Frames on stdin and stdout of the bridge: cut anywhere, and never lost."""

import json
import os
import struct
import threading
from types import SimpleNamespace

import pytest

from provider_host import Collateral
from provider_host.ray._bridge import Bridge, FrameReader, FrameWriter
from provider_host.ray._frames import error_frame, frame_of


def payloads(frames):
    return [json.loads(frame[4:]) for frame in frames]


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_frames_may_be_cut_anywhere(size):
    messages = [{"type": "call", "id": number, "args": ["ü" * number]} for number in range(1, 30)]
    data = b"".join(map(frame_of, messages))
    here, there = os.pipe()
    for begin in range(0, len(data), size):
        os.write(there, data[begin : begin + size])
    os.close(there)
    read = [frame for batch in FrameReader(here).batches() for frame in batch]
    os.close(here)
    assert payloads(read) == messages


def test_the_end_inside_a_frame_is_an_error():
    here, there = os.pipe()
    os.write(there, frame_of({"type": "call"}) + struct.pack(">I", 100) + b"{")
    os.close(there)
    batches = FrameReader(here).batches()
    assert payloads(next(batches)) == [{"type": "call"}]
    with pytest.raises(ValueError, match="inside a frame"):
        next(batches)
    os.close(here)


def test_all_that_was_put_is_written():
    here, there = os.pipe()
    writer = FrameWriter(there, lambda: None)
    messages = [{"type": "log", "text": "x" * 10_000, "n": number} for number in range(50)]
    for message in messages:
        writer.put(frame_of(message))
    reader = FrameReader(here).batches()
    read = []
    while len(read) < len(messages):
        read += next(reader)
    writer.finish()
    os.close(there)
    os.close(here)
    assert payloads(read) == messages


def test_a_reader_that_goes_away_is_noticed_while_nothing_is_written():
    here, there = os.pipe()
    gone = threading.Event()
    FrameWriter(there, gone.set)
    os.close(here)
    assert gone.wait(30)
    os.close(there)


def test_an_error_outside_of_any_host_is_a_response_like_others():
    frame = error_frame(7, Collateral("the node is gone \ud800"))
    message = json.loads(frame[4:])
    assert list(message) == ["type", "id", "error", "latency_ms", "host", "pid"]
    assert (message["id"], message["error"]["kind"]) == (7, "collateral")


class Wire:
    """A bridge whose calls go nowhere, and what it says."""

    def __init__(self):
        self.frames, self.submitted, self.cancelled = [], [], []
        self.put = self.frames.append
        self.cluster = self
        self.bridge = Bridge(SimpleNamespace(batches=lambda: iter([])), self)

    def submit(self, calls):
        self.submitted += [call.id for call in calls]

    def cancel(self, ids):
        self.cancelled += ids

    def deadline_of(self, deadline):
        return deadline

    def say(self, *messages):
        self.bridge._submit(self, [frame_of(message) for message in messages])
        said, self.frames[:] = [(error["id"], error["error"]["message"]) for error in payloads(self.frames)], []
        return said


def test_a_wrong_message_costs_itself_alone():
    wire = Wire()
    wrong = [
        {"type": "call", "id": 0},
        {"type": "call", "id": -5, "args": []},
        {"type": "call", "id": 2**70, "args": []},
        {"type": "call", "id": 3, "deadline": "x", "args": []},
        {"type": "call", "id": 4, "affinity": "", "deadline": [], "args": []},
        {"type": "nothing"},
        [1],
        {"type": "cancel"},
        {"type": "cancel", "id": "x"},
    ]
    said = wire.say({"type": "call", "id": 1, "args": []}, *wrong, {"type": "call", "id": 2, "args": []})
    assert [id for id, _ in said] == [None, None, None, 3, 4, None, None, None, None]
    assert all(message.startswith("the message is wrong: ") for _, message in said)
    assert (wire.submitted, wire.cancelled) == ([1, 2], [])


def test_an_id_is_used_again_only_after_its_response():
    wire = Wire()
    call = {"type": "call", "id": 7, "args": []}
    assert [id for id, _ in wire.say(call, call)] == [7]
    wire.bridge._on_settled([(7, error_frame(7, Collateral("lost")))])
    wire.frames.clear()
    assert wire.say(call) == []
    assert wire.submitted == [7, 7]
