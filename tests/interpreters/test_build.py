"""`provider-host doctor --build`, for one Python of each version; later tests use these hosts."""

import json
from pathlib import Path

import machine
import pytest

# They compile a host, or wait for another worker that does.
pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(900), pytest.mark.xdist_group("heavy")]
TAGS = machine.tags_to_build()


@pytest.mark.parametrize("tag", TAGS)
def test_a_host_is_built_and_found(tag):
    host = machine.build_host(tag)
    assert Path(host).parent.parent == machine.WORK / "data" / "provider_host" / "libexec"
    report = json.loads(machine.provider_host("doctor", "--python", tag, "--json").stdout)
    assert report["ok"], report
    assert report["interpreter"]["host"] == host
    assert report["embedded_version"] == report["interpreter"]["version"]


def test_the_log_of_a_build_is_kept():
    machine.build_host(TAGS[0])
    logs = list((machine.WORK / "cache" / "provider_host").glob(f"*/provider-host-python{TAGS[0]}-*.log"))
    assert any("--build" in log.read_text() for log in logs)


def test_a_build_that_fails_says_why_and_where_the_log_is(tmp_path):
    compiler = tmp_path / "c++"
    compiler.write_text("#!/bin/sh\necho this compiler is broken >&2\nexit 1\n")
    compiler.chmod(0o755)
    done = machine.provider_host(
        "doctor", "--build", TAGS[0], CXX=str(compiler), XDG_CACHE_HOME=str(tmp_path / "cache")
    )
    assert done.returncode == 1
    assert "configuring failed" in done.stderr
    assert "this compiler is broken" in done.stderr
    assert str(tmp_path / "cache") in done.stderr


def test_no_host_is_built_for_a_python_that_is_not_there():
    done = machine.provider_host("doctor", "--build", "3.99")
    assert done.returncode == 2
    assert "there is no Python 3.99" in done.stderr
