"""A working directory that was deleted."""

import subprocess
import sys

import pytest
from conftest import EXECUTABLE, Result, provider


@pytest.fixture
def nowhere(tmp_path):
    """Runs the executable in a directory that is deleted before."""

    def run(*arguments):
        directory = tmp_path / "gone"
        directory.mkdir()
        command = ["sh", "-c", 'rmdir "$0" && exec "$@"', directory, EXECUTABLE, *arguments]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
        return Result(done.returncode, done.stdout, done.stderr)

    return run


def test_what_has_an_absolute_path_works(nowhere, host):
    prompts, output = host.prompts("a", "b"), host.directory / "output.jsonl"
    result = nowhere("call", provider("echo.py"), "hello", "--python", sys.executable)
    assert result.code == 0 and result.json["output"] == "hello", result
    result = nowhere("batch", provider("echo.py"), prompts, "-o", output, "--python", sys.executable)
    assert result.code == 0, result


def test_a_relative_script_is_told_of(nowhere):
    result = nowhere("call", "provider.py", "hello", "--python", sys.executable)
    assert result.code == 3, result
    assert "provider.py: the path is relative, and the working directory was deleted" in result.stderr


def test_doctor_works(nowhere):
    result = nowhere("doctor", "--python", sys.executable)
    assert result.code == 0, result
    assert "internal error" not in nowhere("doctor", "--promptfoo").stderr


def test_an_interpreter_that_is_a_shell_script_is_found(nowhere, host):
    """As pyenv's, which ends where it cannot tell the working directory."""
    python = host.write("python3", "#!/bin/sh", f'cd "$(pwd -P)" && exec {sys.executable} "$@"')
    python.chmod(0o755)
    result = nowhere("call", provider("echo.py"), "hello", "--python", python)
    assert result.code == 0, result
