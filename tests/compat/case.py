"""What a script in providers/ is called with, and what has to come out. To add one: write the script, with a first
sentence that says which habit it shows, and put a Case into a table in cases/."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable


@dataclass(frozen=True)
class Whole:
    """Expected: exactly this result. (A plain value stands for a result whose `output` it is.)"""

    result: Any


@dataclass(frozen=True)
class Fails:
    """Expected: an error of this kind, whose message contains each of `parts`."""

    kind: str
    parts: tuple[str, ...] = ()

    def __init__(self, kind, *parts):
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "parts", parts)


@dataclass(frozen=True)
class Case:
    """One way of calling a script.

    `calls`: pairs of prompt (or, with `api="none"`, list of arguments) and what is expected: a value that the result's
    `output` must equal, Whole, Fails, or a function that is given the output and says whether it will do. They are made
    in this order in one host.
    """

    script: str
    calls: list[tuple[Any, Any]]
    name: str = ""  # where the script alone does not tell
    function: str | None = None
    api: str = "call"
    config: dict = field(default_factory=dict)
    vars: dict = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # modules without which the case is skipped
    optional: bool = False  # `needs` is not in scripts/requirements/test.txt
    # Several calls at a time: each gives what it gives alone, or `together` judges all outputs, in order. Or the script
    # must have one call at a time, for the reason that `one_at_a_time` states, which docs/compatibility.md repeats.
    together: Callable[[list], bool] | None = None
    one_at_a_time: str = ""
    calls_together: int = 24
    place: str = ""  # path, below a directory of its own, that the script is copied to first
    linked: bool = False  # ... or linked
    rewrite: Callable[[bytes], bytes] | None = None  # what the copy is made of
    afterwards: Callable[[Any], bool] | None = None  # given the directory that the host ran in, when it has ended
    environment: dict = field(default_factory=dict)

    @property
    def id(self):
        return self.name or self.script.removesuffix(".py")

    def call_of(self, prompt):
        """The call, as a line for provider-host batch."""
        line = {"args": prompt} if self.api == "none" else {"prompt": prompt}
        return {**line, "function": self.function} if self.function else line

    def arguments_of(self, prompt):
        """What the function is to be called with."""
        if self.api == "none":
            return prompt
        options = {"config": self.config}
        if self.api != "call":
            return [prompt, options]
        return [prompt, options, {"vars": self.vars, "prompt": {"raw": prompt, "label": prompt}}]

    @property
    def function_name(self):
        return self.function or {"embedding": "call_embedding_api", "classification": "call_classification_api"}.get(
            self.api, "call_api"
        )


@dataclass(frozen=True)
class Outcome:
    """What became of a call: a result, or an error with kind and message. `process` tells hosts apart."""

    result: Any = None
    kind: str | None = None
    message: str = ""
    process: int | None = None

    @property
    def ok(self):
        return self.kind is None

    @property
    def output(self):
        return self.result["output"] if isinstance(self.result, dict) and "output" in self.result else self.result

    def meets(self, expected):
        if isinstance(expected, Fails):
            return self.kind == expected.kind and all(part in self.message for part in expected.parts)
        if not self.ok:
            return False
        if isinstance(expected, Whole):
            return self.result == expected.result
        if callable(expected):
            return bool(expected(self.output))
        return self.output == expected

    def __str__(self):
        return repr(self.result) if self.ok else f"{self.kind}: {self.message}"
