"""A dataclass instance is returned without a thought for JSON."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Usage:
    total: int


@dataclasses.dataclass
class Answer:
    text: str
    usage: Usage


def call_api(prompt, options, context):
    return {"output": Answer(prompt, Usage(len(prompt)))}
