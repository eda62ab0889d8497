"""The prompts of the suite."""

from __future__ import annotations

import json
from typing import Dict, Sequence, Tuple

PLAIN: Tuple[str, ...] = ("Say hello in one short sentence.", "What is two plus two?", "Name a river in Europe.")

WORLD: Dict[str, str] = {
    "Latin with diacritics": "Größe, naïve, Čeština, Ελληνικά, Привет",
    "Chinese, Japanese, Korean": "你好,世界。こんにちは 안녕하세요",
    "right-to-left text": "שלום עולם \u202bمرحبا بالعالم\u202c",
    "combining characters": "e\u0301 n\u0303 \u0915\u094d\u0937\u093f Z\u0351\u036b\u0343",
    "emoji and other characters beyond U+FFFF": "😀 👩\u200d👩\u200d👧 𝒳 𐍈 \U0010ffff",
    "zero-width characters and a byte order mark": "\ufeffa\u200bb\u200cc\u2060d\u00ade",
    "line and paragraph separators": "one\r\ntwo\u2028three\u2029four\u0085five\ttabs",
    "control characters": "\x01\x08\x1b[31mred\x1b[0m\x7f\x9f",
    "NUL characters": "before\x00after \\u0000 \\x00",
}


def conversation(prompt: str) -> str:
    """A conversation as promptfoo writes it into the prompt."""
    messages = [
        {"role": "system", "content": "You answer briefly."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": 'Hello!\nHow can I "help"?'},
        {"role": "user", "content": prompt},
    ]
    return json.dumps(messages)


def one_megabyte(prompt: str) -> str:
    """The prompt again and again, 2**20 characters."""
    unit = prompt + " Grüße! "
    return (unit * (2**20 // len(unit) + 1))[: 2**20]


def prompts_of(own: Sequence[str]) -> Tuple[str, ...]:
    return tuple(own) or PLAIN


def shown(text: str, limit: int = 40) -> str:
    """The prompt as a Python literal, cut."""
    literal = ascii(text) if any(not c.isprintable() for c in text[:limit]) else repr(text)
    return literal if len(text) <= limit else f"{literal[:limit]}…' ({len(text):,} characters)"
