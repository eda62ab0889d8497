"""Annotations that are strings are resolved with typing.get_type_hints, also by a class that is found by its module."""

from __future__ import annotations

import typing


class Options(typing.TypedDict):
    model: str


class Settings:
    options: Options
    limit: typing.Optional[int]


def call_api(prompt: str, options: Options, context: dict) -> dict[str, typing.Any]:
    return {"output": [sorted(typing.get_type_hints(call_api)), sorted(typing.get_type_hints(Settings))]}
