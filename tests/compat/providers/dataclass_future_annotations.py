"""A dataclass under `from __future__ import annotations`, which looks its module up in sys.modules."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import ClassVar


@dataclass
class Answer:
    made: ClassVar[int] = 0
    text: str
    tags: list[str] = field(default_factory=list)


def call_api(prompt, options, context):
    return {"output": asdict(Answer(prompt, prompt.split()))}
