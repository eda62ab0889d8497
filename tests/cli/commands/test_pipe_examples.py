"""The clients of `provider-host pipe` in examples/pipe/."""

import shutil
import subprocess

import pytest
from conftest import EXECUTABLE, ROOT


@pytest.mark.parametrize("command", [["node", "examples/pipe/pipe.mjs"], ["go", "run", "examples/pipe/pipe.go"]])
def test_an_example_shows_its_results_and_its_cancellation(host, command):
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    environment = {**host.environment, "PROVIDER_HOST": str(EXECUTABLE)}
    done = subprocess.run([*command, "examples/plain.py"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for said in ("is ready", "LATIN: 2 words", "CYRILLIC: 2 words", "LATIN: 5 words", "cancelled: the caller"):
        assert done.stdout.count(said) == 1, done.stdout


@pytest.mark.parametrize("command", [["node", "examples/pipe/pipe.mjs"], ["go", "run", "examples/pipe/pipe.go"]])
def test_an_example_says_why_a_script_cannot_be_used(host, command):
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    script = host.write("broken.py", "import nosuchmodule")
    environment = {**host.environment, "PROVIDER_HOST": str(EXECUTABLE)}
    done = subprocess.run([*command, str(script)], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    assert "The script cannot be imported" in done.stdout
    assert done.stdout.count("import_failed") == 3
