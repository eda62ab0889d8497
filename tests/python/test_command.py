"""`python -m provider_host`."""

import json
import os
import shutil
import subprocess
import sys

from package_under_test import PACKAGE, PROVIDERS


def run(*arguments, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROVIDER_HOST_")}
    return subprocess.run(
        [sys.executable, "-m", "provider_host", *arguments],
        capture_output=True,
        text=True,
        env={**kept, "PYTHONPATH": PACKAGE, **environment},
    )


def test_it_is_the_command_itself():
    ended = run("--version")
    assert ended.returncode == 0
    assert ended.stdout.startswith("provider-host 0.")
    ended = run("call", "--nonsense")
    assert ended.returncode == 2
    assert ended.stderr.startswith("provider-host: ")


def test_scripts_run_on_this_python():
    ended = run("check", str(PROVIDERS / "various.py"), "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["python"] == sys.executable


def test_a_python_that_is_named_comes_first():
    ended = run("call", str(PROVIDERS / "various.py"), "p", PROVIDER_HOST_PYTHON="/no/such/python")
    assert "/no/such/python" in ended.stderr


def test_a_missing_command_is_reported(tmp_path):
    (tmp_path / "provider_host").mkdir()
    source = os.path.join(PACKAGE, "provider_host", "__main__.py")
    shutil.copy(source, tmp_path / "provider_host" / "__main__.py")
    (tmp_path / "provider_host" / "__init__.py").touch()
    ended = run("--version", PYTHONPATH=str(tmp_path), PYTHONNOUSERSITE="1")
    assert ended.returncode == 4
    assert "is not beside this package" in ended.stderr
