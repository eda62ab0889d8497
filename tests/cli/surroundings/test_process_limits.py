"""As few processes and threads as a user or a container may have."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EXECUTABLE, Result, provider

# Of a user who has no other processes. Root is not bound by this limit.
USER = ["setpriv", "--reuid=64111", "--clear-groups"]


def can_run(*command):
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def user_limit():
    """Starts commands of a user with `ulimit -u`, and names the limit."""
    if not can_run(*USER, "test", "-x", sys.executable) or not can_run(*USER, "test", "-r", provider("echo.py")):
        pytest.skip("there is no other user here who may run this Python")
    return lambda limit: ([*USER, "prlimit", f"--nproc={limit}"], f"RLIMIT_NPROC of {limit} (`ulimit -u`)")


@pytest.fixture
def cgroup_limit():
    """The same in a cgroup with `pids.max`."""
    root = next((path for path in map(Path, ("/sys/fs/cgroup/pids", "/sys/fs/cgroup")) if path.is_dir()), Path("/no"))
    group = root / f"provider_host_test_{os.getpid()}"
    try:
        group.mkdir()
        (group / "pids.max").write_text("max")
    except OSError:
        with contextlib.suppress(OSError):
            group.rmdir()
        pytest.skip("no cgroup can be made here")

    def start(limit):
        (group / "pids.max").write_text(str(limit))
        return ["sh", "-c", f'echo $$ >{group}/cgroup.procs; exec "$@"', "sh"], f"pids.max of {limit} of the cgroup "

    yield start
    while (group / "cgroup.procs").read_text():
        pass
    group.rmdir()


@pytest.mark.no_sanitizer
@pytest.mark.needs_linux("which limit it is")
@pytest.mark.parametrize("kind", ["user_limit", "cgroup_limit"])
def test_the_limit_is_named_wherever_it_ends_a_run(request, host, kind):
    limited = request.getfixturevalue(kind)
    prompts = host.prompts("a", "b")
    prompts.chmod(0o644)
    for directory in prompts.parents[:3]:
        directory.chmod(0o755)
    codes = {}
    for limit in range(1, 20):
        start, name = limited(limit)
        result = run(*start, EXECUTABLE, "batch", provider("echo.py"), prompts, "--python", sys.executable)
        codes[limit] = result.code
        if result.code == 0:
            break
        assert f"{name}" in result.stderr and "allows no more processes and threads" in result.stderr, (limit, result)
        assert "internal error" not in result.stderr, result
    assert codes[limit] == 0, codes
    assert len(codes) > 3, codes
