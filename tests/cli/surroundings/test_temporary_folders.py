"""Machines on which nothing can be written."""

import json
import sys
from pathlib import Path

import pytest
from confined import run_confined
from conftest import EXECUTABLE, provider

READ_ONLY = [f"mount -t tmpfs -o ro none {folder}" for folder in ("/tmp", "/var/tmp", "/dev/shm")]

pytestmark = pytest.mark.skipif(
    any(str(path).startswith(("/tmp/", "/var/tmp/")) for path in (EXECUTABLE, Path(sys.executable))),
    reason="the executable or Python is in a temporary folder",
)


@pytest.mark.needs_linux("memory that needs no folder")
def test_doctor_tries_what_it_can_and_says_what_it_could_not_try():
    result = run_confined(READ_ONLY, "doctor", "--python", sys.executable, HOME="/no")
    assert result.code == 0, result
    assert "ms after its start" in result.stdout
    assert "not tried: which modules scripts can import, as there is no temporary folder" in result.stdout
    assert "/tmp: Read-only file system" in result.stdout
    assert "TMPDIR" in result.stdout
    assert result.stdout.rstrip().endswith("What could be tried is well."), result


@pytest.mark.needs_linux("memory that needs no folder")
def test_doctor_says_it_to_programs_too():
    result = run_confined(READ_ONLY, "doctor", "--python", sys.executable, "--json", HOME="/no")
    report = json.loads(result.stdout)
    assert result.code == 0 and report["ok"] is True and report["ready_ms"] > 0, result
    assert "/var/tmp: Read-only file system" in report["untried"]


def test_doctor_takes_another_folder_than_one_that_cannot_be_written_to(host):
    result = host("doctor", "--python", sys.executable, "--json", TMPDIR="/no/such/folder")
    assert result.code == 0, result
    assert "untried" not in result.json and "json" not in result.json["import_faults"]
    assert result.json["imported"]


@pytest.mark.needs_linux("memory that needs no folder")
def test_calls_need_no_folder_that_can_be_written_to():
    result = run_confined(READ_ONLY, "call", provider("echo.py"), "hello", "--python", sys.executable)
    assert result.code == 0, result
    assert result.json["output"] == "hello"
