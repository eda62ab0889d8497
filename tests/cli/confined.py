"""The executable in surroundings of its own: with other file systems mounted, which other processes do not see."""

import functools
import os
import shlex
import subprocess

import pytest
from conftest import EXECUTABLE, Result

NOT_POSSIBLE = 77


@functools.lru_cache(maxsize=None)
def _namespace():
    """The command in whose child mounts can be made; None: this machine allows it to nobody, or not to this user."""
    for command in (["unshare", "-m"], ["unshare", "-U", "-r", "-m"]):
        try:
            tried = subprocess.run([*command, "mount", "-t", "tmpfs", "none", "/tmp"], capture_output=True)
        except OSError:
            return None
        if tried.returncode == 0:
            return command
    return None


def run_confined(mounts, *arguments, program=None, directory="/", **environment):
    """Runs the executable, or `program`, after the commands `mounts`."""
    if _namespace() is None:
        pytest.skip("namespaces are not allowed here")
    command = shlex.join(map(str, [program or EXECUTABLE, *arguments]))
    script = "\n".join([*(f"{each} || exit {NOT_POSSIBLE}" for each in mounts), f"exec {command}"])
    start = [*_namespace(), "sh", "-c", script]
    done = subprocess.run(start, capture_output=True, text=True, cwd=directory, env={**os.environ, **environment})
    if done.returncode == NOT_POSSIBLE:
        pytest.skip(f"not possible here: {done.stderr}")
    return Result(done.returncode, done.stdout, done.stderr)
