"""What the user has set for the provider scripts."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Tuple

import pytest


@dataclass(frozen=True)
class Settings:
    """Settings that hold for every script of a run; the command line goes before the ini file."""

    python: Optional[str]
    function: str
    """The function to check; "" is the first of call_api, call_embedding_api, call_classification_api."""
    prompts: Tuple[str, ...]
    """The user's own prompts, if any."""
    config: Dict[str, Any]
    """``options.config`` of every call."""
    timeout: float
    import_limit: float
    workers: int
    concurrency: int
    preload: str
    skip: FrozenSet[str]
    strict: bool

    @classmethod
    def of(cls, config: pytest.Config, checks: Iterable[str]) -> Settings:
        """``checks``: the names that ``--provider-skip`` may have. Raises `pytest.UsageError` for a wrong value."""
        return cls(
            python=_text(config, "python") or None,
            function=_text(config, "function"),
            prompts=tuple(config.getoption("provider_prompt") or config.getini("provider_prompts")),
            config=_config(config),
            timeout=_number(config, "timeout", 60),
            import_limit=_number(config, "import_limit", 5),
            workers=_whole(config, "workers", 1),
            concurrency=_whole(config, "concurrency", 4),
            preload=_word(config, "preload", ["off", "auto", "on"]),
            skip=_skip(config, list(checks)),
            strict=bool(config.getoption("provider_strict") or config.getini("provider_strict")),
        )

    def pool_options(self) -> Dict[str, Any]:
        return {"python": self.python, "timeout": self.timeout, "preload": self.preload}


def _text(config: pytest.Config, name: str) -> str:
    value = config.getoption(f"provider_{name}")
    return str(value if value is not None else config.getini(f"provider_{name}"))


def _number(config: pytest.Config, name: str, default: float, least: float = 0) -> float:
    text = _text(config, name)
    try:
        number = float(text) if text else float(default)
    except ValueError:
        number = math.nan
    if not least <= number < math.inf:
        raise pytest.UsageError(f"provider_{name} is {text!r}; it must be a number and at least {least}")
    return number


def _whole(config: pytest.Config, name: str, default: int) -> int:
    number = _number(config, name, default, least=1)
    if not number.is_integer():
        raise pytest.UsageError(f"provider_{name} is {_text(config, name)!r}; it must be a whole number")
    return int(number)


def _word(config: pytest.Config, name: str, words: List[str]) -> str:
    """One of the words; the first when there is none."""
    text = _text(config, name) or words[0]
    if text not in words:
        raise pytest.UsageError(f"provider_{name} is {text!r}; it must be one of {', '.join(words)}")
    return text


def _skip(config: pytest.Config, checks: List[str]) -> FrozenSet[str]:
    skip = frozenset([*config.getoption("provider_skip"), *config.getini("provider_skip")])
    unknown = sorted(skip - set(checks))
    if unknown:
        raise pytest.UsageError(f"--provider-skip: there is no check {unknown[0]!r}; there are {', '.join(checks)}")
    return skip


def _config(config: pytest.Config) -> Dict[str, Any]:
    named = config.getoption("provider_config_file")
    files: List[Path] = [config.invocation_params.dir / named] if named else config.getini("provider_config_file")
    found: Dict[str, Any] = {}
    for file in files:
        found.update(_object_in(Path(file)))
    for pair in [*config.getini("provider_config"), *config.getoption("provider_config")]:
        key, equals, text = pair.partition("=")
        if not equals or not key.strip():
            raise pytest.UsageError(f"--provider-config {pair}: this is no KEY=JSON")
        try:
            found[key.strip()] = json.loads(text)
        except ValueError:
            example = f"--provider-config '{key}={json.dumps(text)}'"
            raise pytest.UsageError(
                f"--provider-config {key}: {text!r} is no JSON; quote a string, as in {example}"
            ) from None
    return found


def _object_in(file: Path) -> Dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise pytest.UsageError(f"--provider-config-file {file}: {error}") from None
    if not isinstance(value, dict):
        raise pytest.UsageError(f"--provider-config-file {file}: it holds no JSON object")
    return value
