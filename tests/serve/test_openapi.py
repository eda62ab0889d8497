"""/openapi.json: schemathesis makes requests of the document, right ones and wrong ones, and compares the responses."""

import importlib.util
import re
import subprocess
import sys

import pytest

KEY = "correct-horse-battery-staple"
EXAMPLES = 15  # for each path; with those for the limits of each member about 800
SCRIPT = """
def call_api(prompt, options, context):
    return {"output": prompt}


def call_embedding_api(prompt, options):
    return {"embedding": [1.0, 2.0]}


def call_classification_api(prompt, options):
    return {"classification": {"good": 0.5}}
"""


@pytest.fixture
def server(serve, tmp_path):
    (tmp_path / "provider.py").write_text(SCRIPT, encoding="utf-8")
    server = serve(tmp_path / "provider.py", "--api-key", KEY, "--workers", "2")
    server.wait_until_ready()
    return server


@pytest.mark.no_sanitizer
def test_requests_made_of_the_document(server, tmp_path):
    if importlib.util.find_spec("schemathesis") is None:
        pytest.skip("there is no schemathesis")
    # With one worker, as ast.parse() of Python 3.11 fails now and then in several threads.
    run = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run"]
    options = ["--generation-deterministic", "--max-examples", EXAMPLES, "--phases", "coverage,fuzzing"]
    shown = ["--no-color", "--no-shrink", "--continue-on-failure", "--suppress-health-check", "all"]
    exceptions = ["--exclude-path", "/events"]  # it does not end
    command = [*run, f"{server.address}/openapi.json", "-H", f"Authorization: Bearer {KEY}"]
    done = subprocess.run(
        [str(part) for part in [*command, *options, *shown, *exceptions]],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=58,
    )
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) generated", done.stdout)[1]) > 100, done.stdout


def test_the_document_names_all_paths(server):
    paths = server.get("/openapi.json").json["paths"]
    known = {path: set(methods) for path, methods in paths.items()}
    for path, methods in known.items():
        allowed = server.request("OPTIONS", path.replace("{model}", "provider")).headers["Allow"].lower().split(", ")
        assert methods == set(allowed) - {"head", "options"}
