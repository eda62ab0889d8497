"""`provider-host doctor`."""

import json
import shutil
import subprocess
import sys

from conftest import EXECUTABLE


def test_it_shows_hosts_and_the_interpreter_that_would_be_used(host):
    result = host("doctor")
    assert result.code == 0, result
    assert "provider-host-python3." in result.stdout
    assert "All is well." in result.stdout
    report = host("doctor", "--json").json
    assert report["ok"] is True
    assert report["hosts"] and report["ready_ms"] > 0
    assert report["interpreter"]["version"].startswith(report["hosts"][0]["python"].partition(".")[0])


def test_a_missing_interpreter_is_an_error_with_a_hint(host):
    result = host("doctor", "--python", "/no/such/python")
    assert result.code == 1
    assert "there is no interpreter /no/such/python" in result.stdout
    assert "hint: " in result.stdout
    by_environment = host("doctor", PROVIDER_HOST_PYTHON="/no/such/python")
    assert by_environment.code == 1
    assert "PROVIDER_HOST_PYTHON=/no/such/python" in by_environment.stdout


def test_an_interpreter_without_a_host_names_the_command_that_builds_one(host):
    python = host.directory / "python3"
    fields = "cpython 3.99.0 3.99 '' /opt/python3.99 /opt lib '' /opt/python3.99 ''"
    python.write_text(f"#!/bin/sh\nprintf '%s\\000' {fields}\n")
    python.chmod(0o755)
    result = host("doctor", "--python", python)
    assert result.code == 1
    assert "there is no host for Python 3.99" in result.stdout
    assert "provider-host doctor --build /opt/python3.99" in result.stdout


def test_a_host_that_does_not_start_is_a_problem(host):
    directory = host.directory / "hosts"
    directory.mkdir()
    for minor in ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]:
        broken = directory / f"provider-host-python{minor}"
        broken.write_text("#!/bin/sh\nexit 127\n")
        broken.chmod(0o755)
    result = host("doctor", PROVIDER_HOST_LIBEXEC=str(directory))
    assert result.code == 1
    assert "the host does not start" in result.stdout


def test_what_only_the_interpreter_can_import_is_a_problem(host):
    """As when the host's libpython is another build, in which other modules are built in."""
    venv = host.directory / "venv"
    base = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([base, "-m", "venv", "--without-pip", venv], check=True)
    library = next(venv.glob("lib/python3*/site-packages"))
    (library / "only_in_hosts.pth").write_text(
        "import os, sys; 'provider-host' in os.readlink('/proc/self/exe') and sys.modules.update(_socket=None)\n"
    )
    result = host("doctor", "--python", venv)
    assert result.code == 1, result
    python = venv / "bin" / "python3"
    assert "error: scripts cannot import asyncio, " in result.stdout
    assert f" in the host, which {python} can (" in result.stdout
    assert "import of _socket halted" in result.stdout
    assert "hint: provider-host doctor --build " in result.stdout
    report = host("doctor", "--python", venv, "--json").json
    assert report["ok"] is False and {"asyncio", "socket", "ssl"} <= set(report["import_faults"])
    assert "sqlite3" in report["imported"]


def test_what_neither_can_import_is_none(host):
    hidden = host.directory / "hidden"
    hidden.mkdir()
    (hidden / "sqlite3.py").write_text("raise ImportError('not here')\n")
    report = host("doctor", "--json", PYTHONPATH=str(hidden)).json
    assert report["ok"] is True, report
    assert "ssl" in report["imported"] and "sqlite3" not in report["imported"]


def test_hosts_are_found_in_a_libexec_directory_some_levels_above_the_program(host):
    program = host.directory / "prefix/lib/python3.11/site-packages/provider_host/provider-host"
    program.parent.mkdir(parents=True)
    shutil.copy(EXECUTABLE, program)
    hosts = host.directory / "prefix/libexec/provider_host"
    hosts.mkdir(parents=True)
    (hosts / "provider-host-python3.98").symlink_to("/bin/true")

    def tags():
        done = subprocess.run([program, "doctor", "--json"], stdout=subprocess.PIPE, env=host.environment)
        return [each["python"] for each in json.loads(done.stdout)["hosts"]]

    assert "3.98" in tags()
    # As in /tmp, where anybody may put a libexec directory beside the user's own.
    hosts.parent.parent.chmod(0o1777)
    assert "3.98" not in tags()
