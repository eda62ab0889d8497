"""What the host must read from a JSON text: json.loads, but for the differences that docs/json.md lists."""

import json
import re
import sys

from digits import every_digit

sys.setrecursionlimit(50_000)

MAX_DEPTH = 1_000
ENVELOPE_DEPTH = 1_024
MAX_32 = 2**32 - 1
MODES = ["call", "stream", "watched"]
APIS = ["call", "embedding", "classification", "none"]

STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
SURROGATE_CHARACTER = re.compile("[\ud800-\udfff]")
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Refused(Exception):
    pass


def refuse(text):
    raise Refused(text)


def depth_of(text):
    """How deep arrays and objects are nested in a text that json.loads takes."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def has_lone_surrogate(text):
    return SURROGATE.search(PAIR.sub("x", text.replace("\\\\", "x"))) is not None


def read(payload, max_depth, lone_surrogates=False, **options):
    """The value, or Refused. Only arguments may have lone surrogates."""
    try:
        text = payload.decode("utf-8")
        value = json.loads(text, parse_constant=refuse, **options)
    except ValueError as error:  # bad UTF-8 too
        raise Refused(str(error)) from None
    if not lone_surrogates and has_lone_surrogate(text):
        raise Refused("a lone surrogate")
    if depth_of(text) > max_depth:
        raise Refused("too deep")
    return value


def read_object(payload, **options):
    """The keys and values of an object in their order; equal keys are kept."""
    last = []

    def keep(pairs):
        last[:] = [pairs]
        return dict(pairs)

    value = read(payload, ENVELOPE_DEPTH, object_pairs_hook=keep, **options)
    if not isinstance(value, dict):
        raise Refused("no object")
    return last[0]


def is_whole(number, low, high):
    return type(number) is int and low <= number <= high


def require(fine, what):
    if not fine:
        raise Refused(what)


def path(text):
    require(isinstance(text, str), "a path")
    path = re.sub(rb"%([0-9A-Fa-f]{2})", lambda byte: bytes([int(byte[1], 16)]), text.encode())
    require(path.startswith(b"/") and b"\0" not in path, "a path")
    return path


def choice(text, yes, no="error"):
    require(text in (yes, no) and isinstance(text, str), yes)
    return text == yes


def mask(text):
    if text == "inherit":
        return None
    require(isinstance(text, str) and re.fullmatch("[0-7]+", text, re.ASCII), "an octal number")
    require(int(text, 8) <= 0o777, "a umask")
    return int(text, 8)


START_KEYS = """type protocol role host python script concurrency frame_limit nan surrogates bytes event_loop
    memory_limit core_dumps no_new_privs umask""".split()


def start_of(payload):
    # The host takes -0 for no unsigned number.
    pairs = read_object(payload, parse_int=lambda digits: None if digits == "-0" else int(digits))
    require([key for key, _ in pairs] == START_KEYS, "the keys")
    message = dict(pairs)
    require(message["type"] == "start" and is_whole(message["protocol"], 3, 3), "the type")
    require(is_whole(message["host"], 0, MAX_32), "the host")
    require(is_whole(message["concurrency"], 1, 1_000_000) and is_whole(message["frame_limit"], 1, MAX_32), "a number")
    require(is_whole(message["memory_limit"], 0, 2**63 - 1), "the memory limit")
    return (
        choice(message["role"], "template", "host"),
        path(message["python"]),
        path(message["script"]),
        message["concurrency"],
        message["frame_limit"],
        choice(message["nan"], "null"),
        choice(message["surrogates"], "replace"),
        choice(message["bytes"], "base64"),
        choice(message["event_loop"], "uvloop", "asyncio"),
        message["memory_limit"],
        choice(message["core_dumps"], "on", "off"),
        choice(message["no_new_privs"], "on", "off"),
        mask(message["umask"]),
    )


def request_of(payload):
    pairs = read_object(payload, lone_surrogates=True)
    keys, values = [key for key, _ in pairs], [value for _, value in pairs]
    if keys == ["type", "id"] and values[0] == "inspect":
        require(is_whole(values[1], 1, 2**53 - 1), "the id")
        return (values[1],)
    require(keys == ["type", "id", "function", "api", "args"] and values[0] in MODES, "the keys")
    mode, number, function, api, args = values
    require(is_whole(number, 1, 2**53 - 1) and isinstance(function, str) and api in APIS, "the head")
    require(not SURROGATE_CHARACTER.search(function), "a lone surrogate in the function")
    require(isinstance(args, list) and depth_of(payload.decode()) <= MAX_DEPTH + 1, "the arguments")
    return (MODES.index(mode), number, function, APIS.index(api), args)


@every_digit
def check(expected, read_value):
    """Calls `expected`; the value, its types and the signs of its zeros must be those that the host read."""
    try:
        value = expected()
    except Refused as refusal:
        assert read_value is None, f"the host accepts what is refused: {refusal}"
        return
    assert read_value is not None, "the host refuses a good text"
    assert repr(read_value) == repr(value), f"the host reads {read_value!r}\ninstead of {value!r}"


def check_value(text, value):
    check(lambda: read(text, MAX_DEPTH, lone_surrogates=True), value)


def check_start(payload, message):
    check(lambda: start_of(payload), message)


def check_request(payload, message):
    check(lambda: request_of(payload), message)
