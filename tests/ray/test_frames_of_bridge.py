"""Frames on stdin and stdout of the bridge: cut anywhere, and never lost."""

import json
import os
import struct
import threading

import pytest

from provider_host import Collateral
from provider_host.ray._bridge import FrameReader, FrameWriter
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
