"""What a script has seeded or registered for its process alone. Loaded in templates only.

Looks at the values and the source of the script and of its local modules; runs nothing of them.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bootstrap import load

borrowed = load("forked_host", "borrowed")
dict_of = load("namespaces", "dict_of")
local_modules = load("local_modules", "modules")


def generators(script):
    """Random generators at module level, which would be the same in every fork."""
    kinds = tuple(_kinds())
    modules = {id(module): module for module in (script, *(module for module, _ in local_modules()))}
    for module in modules.values():
        names = dict_of(module)
        for name, value in list(names.items()):
            if issubclass(type(value), kinds) and type(value).__name__ != "SystemRandom":
                file = os.path.basename(str(names.get("__file__", "the script")))
                yield f"{name} in {file} would give the same random numbers in every host: make it in on_host_start()"


def _kinds():
    found: Any = {"random": ["Random"], "numpy.random": ["Generator", "RandomState"], "torch": ["Generator"]}
    for module, names in found.items():
        for name in names:
            kind = getattr(sys.modules.get(module), name, None)
            if isinstance(kind, type):
                yield kind


def marks_in_code(script):
    """Names in the source that tell of seeds, which a fork must not keep, and of functions for the end of a process."""
    paths = dict.fromkeys([script, *(path for _, path in local_modules() if path.endswith(".py"))])
    for path in paths:
        try:
            with open(path, "rb") as file:
                source = file.read()
            names = set(_names(_compiled(source, path)))
        except (OSError, SyntaxError, ValueError):
            continue
        for name in sorted(names):
            place = f"{os.path.basename(path)}{_line(source, name)}"
            if name == "atexit":
                yield f"{place} uses atexit, and each host would clean up what all share: use it in on_host_start()"
            elif "seed" in name.lower():
                yield f"{place} names {name}, and each host has new random numbers: seed them in on_host_start()"


def _compiled(source, path):
    with borrowed("warnings") as warnings, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they were shown when the script was imported
        return compile(source, path, "exec", dont_inherit=True)


def _names(code):
    """The global names and attributes that a code object uses, and those in it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from _names(constant)


def _line(source, name):
    lines = (number for number, line in enumerate(source.splitlines(), 1) if name.encode() in line)
    number = next(lines, 0)
    return f":{number}" if number else ""
