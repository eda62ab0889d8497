"""The names that the host (bootstrap_modules.cc) puts into each module of this directory.

For type checkers and linters only. A running host has no such module, so it is imported under `if TYPE_CHECKING`.
"""

from typing import Any

def load(module: str, name: str, /) -> Any:
    """What the module `module` of this directory defines as `name`. The first use executes the module."""

def is_loaded(module: str, /) -> bool:
    """Whether that module has been executed."""

def is_awaitable(value: object, /) -> bool:
    """Whether `await value` works, told by its type alone."""
