"""Returns values that JSON does or does not have."""

import collections
import dataclasses
import datetime
import decimal
import enum
import pathlib
import uuid
from typing import NamedTuple


class Color(enum.Enum):
    RED = "red"


class Point(NamedTuple):
    x: int
    y: float


@dataclasses.dataclass
class Answer:
    text: str
    score: float


class Custom:
    def __json__(self):
        return {"custom": True}


def circular():
    value = []
    value.append(value)
    return value


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


GOOD = {
    "scalars": lambda: [None, True, 1, -1.5, "text"],
    "big integer": lambda: 10**5000 + 7,
    "keys": lambda: {1: "a", None: "b", True: "c", 1.5: "d"},
    "extras": lambda: [
        Color.RED,
        Point(1, 2.0),
        Answer("yes", 0.5),
        Custom(),
        datetime.datetime(2026, 1, 2, 3, 4, 5),
        datetime.date(2026, 1, 2),
        decimal.Decimal("0.5"),
        decimal.Decimal("0.1"),
        uuid.UUID(int=1),
        pathlib.PurePosixPath("/a/b"),
        collections.OrderedDict(z=1),
        {"only"},
    ],
    "fifty megabytes": lambda: "é" * 25_000_000,
}

BAD = {
    "nan": lambda: {"items": [0, 1, float("nan")]},
    "surrogate": lambda: {"text": "a\ud800"},
    "circular": circular,
    "deep": lambda: nested(20_000),
    "bytes": lambda: {"raw": b"abc"},
    "object": lambda: [object()],
    "bad key": lambda: {(1, 2): 3},
}


def call_api(prompt, options, context):
    make = GOOD.get(prompt) or BAD.get(prompt)
    return {"output": make() if make else prompt}


def not_an_object(prompt, options, context):
    return "just text"


def echo(*args):
    return list(args)
