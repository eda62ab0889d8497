"""Pools without a working directory, as it was deleted."""

import os
import subprocess
import sys

import pytest
from package_under_test import PACKAGE, PROVIDERS
from provider_host import HostCrashed, Pool, PoolUnavailable

PROGRAM = """
import os, sys
from provider_host import ConfigError, ImportFailed, Pool

os.rmdir(os.getcwd())
with Pool(sys.argv[1], python=sys.executable) as pool:
    print(pool.call("echo", "here")[0])
for options in ({"script": "provider.py"}, {"script": sys.argv[1], "working_directory": "below"}):
    try:
        Pool(**options, python=sys.executable).start()
    except (ConfigError, ImportFailed) as error:
        print(type(error).__name__, error)
"""


def test_absolute_paths_work_and_relative_ones_are_told_of(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    command = [sys.executable, "-c", PROGRAM, PROVIDERS / "various.py"]
    ended = subprocess.run(
        command, cwd=gone, env={**os.environ, "PYTHONPATH": PACKAGE}, capture_output=True, text=True
    )
    reason = "the path is relative, and the working directory was deleted"
    assert ended.stdout.splitlines() == [
        "here",
        f"ImportFailed there is no provider script provider.py: {reason}",
        "ConfigError working_directory below is a relative path, and the working directory was deleted",
    ], ended


def test_hosts_that_cannot_be_started_in_a_directory_that_was_deleted_say_so(tmp_path):
    directory = tmp_path / "gone"
    directory.mkdir()
    with Pool(PROVIDERS / "various.py", working_directory=directory) as pool:
        directory.rmdir()
        assert pool.call("echo", "here") == ["here"]
        with pytest.raises(HostCrashed):
            pool.call("die")
        with pytest.raises(PoolUnavailable, match=f"the working directory {directory}: No such file or directory"):
            pool.call("echo", "here")
