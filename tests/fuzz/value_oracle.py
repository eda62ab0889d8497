"""Makes Python values from bytes, and says which JSON they have: that of json.dumps, and docs/json.md for the rest."""

import base64
import decimal
import enum
import json
import math
import struct
import sys

from digits import every_digit
from hostile_values import hostile_value

try:
    import numpy
except ImportError:  # then there are no arrays
    numpy = None

sys.setrecursionlimit(50_000)

MAX_DEPTH = 1_000
Level = enum.IntEnum("Level", "LOW HIGH")
Text = type("Text", (str,), {"__str__": lambda self: "no", "__repr__": lambda self: "no"})
Pairs = type("Pairs", (dict,), {})
DTYPES = ["<f8", "<f4", "<f2", "|b1", "|i1", "<u2", ">i4", "<i8", "<u8", ">f8"]


class Builder:
    """Reads bytes as instructions: one that says what comes, then its parts. The end of the bytes is an endless
    run of zeros."""

    def __init__(self, data):
        self.data = data
        self.position = 0
        self.made = []

    def take(self, count):
        part = self.data[self.position : self.position + count]
        self.position += count
        return part.ljust(count, b"\0")

    def number(self, size=1):
        return int.from_bytes(self.take(size), "big")

    def value(self, depth=0):
        makers = self.SCALARS if depth > 40 else self.SCALARS + self.CONTAINERS
        maker = makers[self.number() % len(makers)]
        return maker(self, depth) if maker in self.CONTAINERS else maker(self)

    def whole(self):
        return int.from_bytes(self.take(self.number() % 40), "big", signed=True)

    def huge(self):
        return (self.number() - 128) << self.number(2)

    def real(self):
        return struct.unpack(">d", self.take(8))[0]

    def short_real(self):
        return (self.number() - 128) * 10.0 ** (self.number() - 128)

    def latin(self):
        return self.take(self.number()).decode("latin-1")

    def two_bytes(self):
        return "".join(map(chr, struct.unpack(">8H", self.take(16))))

    def three_bytes(self):
        return "".join(chr(self.number(3) % 0x110000) for _ in range(self.number() % 8))

    def long_text(self):
        return chr(self.number(2)) * self.number(2) + chr(self.number())

    def raw(self):
        kind = [bytes, bytearray, memoryview][self.number() % 3]
        return kind(self.take(self.number() % 20))

    def exact(self):
        return decimal.Decimal(self.whole()).scaleb(self.number() - 128)

    def again(self):
        return self.made[self.number() % len(self.made)] if self.made else None

    def array(self):
        if numpy is None:
            return []
        dtype = numpy.dtype(DTYPES[self.number() % len(DTYPES)])
        rows, columns = self.number() % 5, self.number() % 5
        items = numpy.frombuffer(self.take(rows * columns * dtype.itemsize), dtype).reshape(rows, columns)
        shape = self.number()
        items = items.T if shape & 1 else items
        items = items[::-2] if shape & 2 else items
        return items[:, 1:] if shape & 4 else items

    def odd(self):
        return [Level.HIGH, Text(self.latin()), True, False, None, (), object][self.number() % 7]

    def list(self, depth):
        items = []
        self.made.append(items)
        for _ in range(self.number() % 20):
            items.append(self.value(depth + 1))
        return items

    def tuple(self, depth):
        return tuple(self.list(depth))

    def dict(self, depth):
        pairs = Pairs() if self.number() % 4 == 0 else {}
        self.made.append(pairs)
        for _ in range(self.number() % 10):
            key = self.value(99)
            pairs[key if key.__hash__ else None] = self.value(depth + 1)
        return pairs

    def set(self, depth):
        return {key for key in (self.value(99) for _ in range(self.number() % 10)) if key.__hash__}

    def nested(self, depth):
        value = self.value(depth + 1)
        for _ in range(self.number(2) % 1100):
            value = [value]
        return value

    SCALARS = [whole, huge, real, short_real, latin, two_bytes, three_bytes, long_text, raw, exact, again, array, odd]
    CONTAINERS = [list, tuple, dict, set, nested]


class HostileBuilder(Builder):
    def hostile(self, depth):
        value = hostile_value(self, depth)
        self.made.append(value)
        return value

    CONTAINERS = [*Builder.CONTAINERS, hostile, hostile, hostile]


def build(data):
    return Builder(data).value()


def build_hostile(data):
    """A value with hostile ones in it: about none of what it does is of any sense, or even the same at the next try."""
    builder = HostileBuilder(data)
    try:
        return builder.value()
    except BaseException:  # a hostile key of a dict, for instance
        return builder.made


class NotJson(Exception):
    pass


class Writer:
    """json.dumps with the decisions of docs/json.md, written plainly."""

    def __init__(self, nan, surrogates, raw, limit):
        self.nan, self.surrogates, self.raw, self.limit = nan, surrogates, raw, limit
        self.parts = []
        self.size = 0

    def put(self, text):
        self.parts.append(text)
        self.size += len(text.encode())
        if self.size > self.limit:
            raise NotJson("too large")

    def text(self, text):
        text = str.__str__(text)
        if any("\ud800" <= c <= "\udfff" for c in text):
            if not self.surrogates:
                raise NotJson("a lone surrogate")
            text = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
        self.put(json.dumps(text, ensure_ascii=False))

    def real(self, number):
        if math.isfinite(number):
            return self.put(float.__repr__(number))
        if not self.nan:
            raise NotJson("a NaN")
        self.put("null")

    def key_text(self, key):
        if isinstance(key, str):
            return str.__str__(key)
        if isinstance(key, float) and not math.isfinite(key):
            return "NaN" if key != key else "Infinity" if key > 0 else "-Infinity"
        if isinstance(key, decimal.Decimal):
            number = float(key)
            return self.key_text(number if key == number else str(key))
        if key is not None and not isinstance(key, (bool, int, float)):
            raise NotJson("a key")
        return json.dumps(key)

    def items(self, items, around, is_dict):
        if len(around) > MAX_DEPTH:
            raise NotJson("too deep")
        self.put("{" if is_dict else "[")
        for i, item in enumerate(items):
            if i:
                self.put(",")
            if is_dict:
                self.text(item[0])
                self.put(":")
            self.write(item[1] if is_dict else item, around)
        self.put("}" if is_dict else "]")

    def write(self, value, around=()):
        if isinstance(value, str):
            self.text(value)
        elif value is None or isinstance(value, (bool, int)):
            self.put(json.dumps(value))
        elif isinstance(value, float):
            self.real(value)
        elif id(value) in around:
            raise NotJson("a circle")
        elif isinstance(value, (list, tuple, set)):
            self.items(value, (*around, id(value)), False)
        elif isinstance(value, dict):
            by_text = {}
            for key, item in value.items():
                by_text[self.key_text(key)] = item
            self.items(by_text.items(), (*around, id(value)), True)
        elif isinstance(value, decimal.Decimal):
            number = float(value)
            self.real(number) if value == number else self.text(str(value))
        elif isinstance(value, (bytes, bytearray, memoryview)) and self.raw:
            self.put(json.dumps(base64.b64encode(value).decode()))
        elif numpy is not None and isinstance(value, numpy.ndarray):
            self.write(value.tolist(), around)
        else:
            raise NotJson("no JSON")


def dumped(value):
    """The text of json.dumps, or None when it refuses the value or writes what is no UTF-8."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError):
        return None
    return text


@every_digit
def check(value, text, nan, surrogates, raw, limit):
    writer = Writer(nan, surrogates, raw, limit)
    try:
        writer.write(value)
    except NotJson as error:
        assert text is None, f"the host writes what has no JSON: {error}"
        return
    expected = "".join(writer.parts)
    assert text is not None, f"the host refuses {expected}"
    assert text.decode() == expected, f"the host writes {text.decode()}\ninstead of {expected}"
    json.loads(expected)
    dump = dumped(value)
    same = dump in (None, expected) or json.loads(dump) == json.loads(expected)  # json.dumps writes a key twice
    assert same, f"json.dumps writes {dump}\ninstead of {expected}"
