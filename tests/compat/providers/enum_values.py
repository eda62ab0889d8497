"""Enum members are used as values, once plain and once as a string or number."""

import enum


class Verdict(enum.Enum):
    GOOD = "good"
    BAD = "bad"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Tone(str, enum.Enum):
    CALM = "calm"


def call_api(prompt, options, context):
    verdict = Verdict.GOOD if "please" in prompt else Verdict.BAD
    return {"output": {"verdict": verdict, "level": Level.HIGH, "tone": Tone.CALM}}
