"""The clients of `provider-host pipe` in examples/pipe/."""

import shutil
import subprocess

import pytest
from conftest import EXECUTABLE, ROOT


@pytest.mark.parametrize("command", [["node", "examples/pipe/pipe.mjs"], ["go", "run", "examples/pipe/pipe.go"]])
def test_an_example_shows_its_results_and_its_cancellation(host, command):
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    # The calls wait until the last one has been cancelled.
    script = host.write(
        "gated.py",
        "import os, sys, time",
        f"sys.path.insert(0, {str(ROOT / 'examples')!r})",
        "import plain",
        "def call_api(*arguments):",
        "    while not os.path.exists(__file__ + '.open'):",
        "        time.sleep(0.005)",
        "    return plain.call_api(*arguments)",
    )
    environment = {**host.environment, "PROVIDER_HOST": str(EXECUTABLE)}
    with (host.directory / "stderr").open("w") as errors:
        run = subprocess.Popen(
            [*command, str(script)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    lines = []
    with run.stdout:
        for line in run.stdout:
            lines.append(line)
            if "cancelled: the caller" in line:
                host.write("gated.py.open")
    assert (run.wait(), (host.directory / "stderr").read_text()) == (0, "")
    text = "".join(lines)
    for said in ("is ready", "LATIN: 2 words", "CYRILLIC: 2 words", "LATIN: 5 words", "cancelled: the caller"):
        assert text.count(said) == 1, text


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
