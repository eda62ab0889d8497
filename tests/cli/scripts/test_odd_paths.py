"""Paths and values that are no UTF-8, which Linux allows: they work as under `python`, and are told in UTF-8."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ODD = os.fsdecode(b"\xff \xe9%41")
SCRIPT = """
import os, sys
import sibling

def call_api(prompt, options, context):
    if prompt == "crash":
        os.abort()
    if prompt == "raise":
        raise ValueError(__file__)
    facts = [__file__, sys.argv[0], sys.path[0], sibling.__file__, sys.executable, sys.prefix, os.getcwd()]
    return {"output": [os.fsencode(fact).hex() for fact in facts + [os.environ.get("ODD", "")]]}

if __name__ == "__main__":
    print(call_api("", {}, {})["output"])
"""


@pytest.fixture
def script(tmp_path):
    directory = tmp_path / ODD
    directory.mkdir()
    (directory / "sibling.py").touch()
    path = directory / f"provider{ODD}.py"
    path.write_text(SCRIPT)
    return path


@pytest.fixture
def python(tmp_path):
    """The interpreter of a virtual environment in such a directory."""
    directory = tmp_path / (ODD + "\nvenv")
    (directory / "bin").mkdir(parents=True)
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    (directory / "bin" / "python3").symlink_to(base)
    (directory / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    return directory / "bin" / "python3"


def facts_under_python(host, script, python, **options):
    done = subprocess.run([python, script], cwd=host.directory, capture_output=True, text=True, check=True, **options)
    return done.stdout.strip().replace("'", '"')


@pytest.mark.parametrize("locale", ["C.UTF-8", "C", "POSIX"])
def test_a_script_and_an_interpreter_may_have_any_path(host, script, python, locale):
    plain = facts_under_python(host, script, python, env={**host.environment, "LC_ALL": locale})
    for flags in ([], ["--concurrency", "2"]):
        result = host("call", script, "", "--python", python, *flags, LC_ALL=locale)
        assert result.code == 0, result
        assert str(result.json["output"]).replace("'", '"') == plain


def test_directories_files_and_variables_may_be_of_any_bytes(host, script):
    elsewhere = host.directory / ("elsewhere" + ODD)
    elsewhere.mkdir()
    given = host.prompts("a", "b", "crash", "raise", name="input" + ODD)
    output = host.directory / ("output" + ODD)
    result = host("batch", script, given, "-o", output, "--cwd", elsewhere, "--set-env", "ODD=" + ODD)
    assert result.code == 1, result
    lines = output.read_bytes().decode().splitlines()
    assert len(lines) == 4
    assert all(os.fsencode(part).hex() in lines[1] for part in (elsewhere, ODD))
    assert "SIGABRT" in lines[2]
    assert "ValueError" in lines[3] and "sibling" not in lines[3]
    assert host("batch", script, given, "-o", output, "--resume").code == 1
    assert output.read_bytes().decode().splitlines() == lines


def test_what_is_said_about_them_is_utf8(host, script, python):
    for arguments, code in (
        (["call", str(script) + "x.py", ""], 3),
        (["call", script.parent, ""], 3),
        (["call", script, "", "--python", host.directory / ODD / "none"], 2),
        (["call", script, "", "--cwd", host.directory / ODD / "none"], 2),
        (["call", script, "raise"], 1),
        (["call", script, "crash", "--envelope"], 1),
        (["batch", script, host.directory / ODD / "none"], 2),
        (["check", script], 0),
        (["doctor", "--python", python], 0),
    ):
        result = host(*arguments)  # which decodes as UTF-8, strictly
        assert result.code == code, (arguments, result)
        assert "\ufffd" in result.stdout + result.stderr or "\\udcff" in result.stdout + result.stderr, result


def test_an_import_that_fails_is_told_once(host, script):
    script.write_text("raise RuntimeError(__file__)\n")
    result = host("call", script, "")
    assert result.code == 3
    assert result.stderr.count("provider-host: ") == 1
    assert "RuntimeError" in result.stderr
