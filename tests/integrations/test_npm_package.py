"""The npm package for promptfoo is tested by Node's own test runner; this runs it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "integrations" / "promptfoo"
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build" / "bin" / "provider-host")).resolve()
OLDEST_NODE = 20


@pytest.fixture(scope="module")
def environment():
    """With Node in front: that of the virtual environment, else the one on PATH."""
    path = os.pathsep.join([str(ROOT / "build" / "venv" / "bin"), os.environ.get("PATH", "")])
    node = shutil.which("node", path=path)
    if node is None:
        pytest.skip("there is no node, neither in build/venv nor on PATH")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.match(r"v(\d+)", version)[1]) < OLDEST_NODE:
        pytest.skip(f"{node} is version {version.strip()}, and the package needs {OLDEST_NODE}")
    return {**os.environ, "PATH": path, "PROVIDER_HOST_BIN": str(EXECUTABLE), "NO_COLOR": "1"}


@pytest.mark.no_sanitizer
@pytest.mark.timeout(300)
def test_the_tests_of_the_package_pass(environment):
    run = subprocess.run(
        ["node", "--test", "--test-reporter=spec"],
        cwd=PACKAGE,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(re.search(r"^ℹ pass (\d+)$", run.stdout, re.MULTILINE)[1]) > 0
