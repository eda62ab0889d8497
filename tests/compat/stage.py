"""Puts the script of a case where the case wants it."""

import os
import shutil
from pathlib import Path

PROVIDERS = Path(__file__).resolve().parent / "providers"


def script_of(case, directory):
    """The path of the script; below `directory` when it is to be copied, linked or rewritten."""
    source = PROVIDERS / case.script
    if not case.place and not case.rewrite:
        return source
    target = Path(directory) / (case.place or source.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if case.linked:
        os.symlink(source, target)
    elif case.rewrite:
        target.write_bytes(case.rewrite(source.read_bytes()))
    else:
        shutil.copy(source, target)
    return target


def environment_of(case, server):
    """The environment that a script meets: that of the tests, the fake model server, and what the case adds."""
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    return {**kept, **server.environment, **case.environment}
