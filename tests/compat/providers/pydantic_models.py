"""Pydantic models take the configuration apart and are returned as they are."""

from __future__ import annotations

from typing import Optional

from pydantic import BaseModel, Field


class Settings(BaseModel):
    temperature: float = Field(ge=0, le=2)
    stop: Optional[list[str]] = None


class Answer(BaseModel):
    text: str
    settings: Settings


def call_api(prompt, options, context):
    settings = Settings.model_validate(options["config"])
    return {"output": Answer(text=prompt, settings=settings), "metadata": settings.model_dump()}
