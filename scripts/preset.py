#!/usr/bin/env python3
"""Prints what CMakePresets.json says: `directory PRESET`; `environment TEST_PRESET`, as lines of NAME=VALUE."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRESETS = json.loads((ROOT / "CMakePresets.json").read_text(encoding="utf-8"))


def inherited(presets: list, name: str, key: str):
    """The value of a key in a preset or what it inherits; for objects, all of them together."""
    found = [preset for preset in presets if preset["name"] == name]
    if not found:
        sys.exit(f"no preset {name}; `cmake --list-presets=all` names them")
    parents = found[0].get("inherits", [])
    values = [inherited(presets, parent, key) for parent in ([parents] if isinstance(parents, str) else parents)]
    values = [found[0].get(key), *(value for value in values if value is not None)]
    if any(isinstance(value, dict) for value in values):
        return {name: each for value in reversed(values) if value for name, each in value.items()}
    return next((value for value in values if value is not None), None)


def expanded(value: str, name: str, environment: dict) -> str:
    """The value with CMake's macros replaced."""
    value = value.replace("${sourceDir}", str(ROOT)).replace("${presetName}", name)
    return re.sub(r"\$env{(\w+)}", lambda match: expanded(environment[match.group(1)], name, environment), value)


def main(wanted: str, name: str):
    if wanted == "directory":
        print(expanded(inherited(PRESETS["configurePresets"], name, "binaryDir"), name, {}))
        return
    environment = inherited(PRESETS["testPresets"], name, "environment") or {}
    for variable, value in environment.items():
        print(f"{variable}={expanded(value, name, environment)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
