"""Containers without /proc, and with a /dev in which there is nothing."""

import os
import sys
from pathlib import Path

import pytest
from confined import run_confined
from conftest import EXECUTABLE, lines_of, provider

NO_PROC = ["mount -t tmpfs none /proc"]
NO_DEVICES = ["mount -t tmpfs none /dev"]
# Without /proc the address sanitizer finds neither its options nor the threads that its check of leaks is to stop.
no_sanitizer = pytest.mark.no_sanitizer
BY_NAME = {"PATH": f"{EXECUTABLE.parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize(
    "mounts", [pytest.param(NO_PROC, id="no_proc", marks=no_sanitizer), pytest.param(NO_DEVICES, id="no_dev")]
)
def test_a_batch_with_a_crash_runs(host, mounts):
    arguments = ["batch", provider("crashing.py"), host.prompts("0", "1", "0"), "--python", sys.executable]
    result = run_confined(mounts, *arguments, GATE_DIRECTORY=str(host.directory))
    assert result.code == 1, result
    assert [line["ok"] for line in lines_of(result.stdout)] == [True, False, True], result
    assert lines_of(result.stdout)[1]["error"]["kind"] == "host_crashed"


@no_sanitizer
def test_hosts_are_found_when_it_is_started_by_its_name():
    arguments = ["call", provider("echo.py"), "hello", "--python", sys.executable]
    result = run_confined(NO_PROC, *arguments, program="provider-host", **BY_NAME)
    assert result.code == 0 and result.json["output"] == "hello", result


def test_the_drop_in_for_promptfoo_does_not_find_itself(host):
    (host.directory / "python3").symlink_to(EXECUTABLE.with_name("provider-host-python"))
    path = os.pathsep.join(map(str, [host.directory, Path(sys.executable).parent, "/usr/bin", "/bin"]))
    result = run_confined(NO_PROC, "-c", "print('here')", program="python3", PATH=path, VIRTUAL_ENV="")
    assert (result.code, result.stdout) == (0, "here\n"), result


def test_what_is_written_goes_nowhere_else_when_streams_are_closed(host):
    """The number of a closed stream is taken by something else than the next file, without /dev/null too."""
    results = host.directory / "results.jsonl"
    arguments = ["batch", provider("echo.py"), host.prompts("a"), "-o", results, "--python", sys.executable]
    result = run_confined([*NO_DEVICES, "exec <&- >&- 2>&-"], *arguments)
    assert result.code == 0, result
    assert [line["ok"] for line in lines_of(results.read_text())] == [True]
