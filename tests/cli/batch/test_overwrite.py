"""What a run reads is never written by it: outputs that are the script, the input, an interpreter, under any name."""

import os
import subprocess
import sys

import pytest
from conftest import EXECUTABLE, provider


@pytest.fixture
def files(host):
    """What a run reads, with its content before the run."""
    host.write("script.py", "def call_api(prompt, options, context):", "    return {'output': prompt}")
    host.write("helper.py", "import json")
    host.prompts("a", "b")
    for name in ["options", "context", "value"]:
        host.write(f"{name}.json", {})
    yield host
    assert (host.directory / "input.jsonl").read_text() == '{"prompt": "a"}\n{"prompt": "b"}\n'
    assert (host.directory / "options.json").read_text() == "{}\n"
    assert "def call_api" in (host.directory / "script.py").read_text()
    assert (host.directory / "helper.py").read_text() == "import json\n"


READING = ["--options", "@options.json", "--context", "@context.json", "--config", "k=@value.json"]
READ = {
    "script.py": "the script",
    "input.jsonl": "the input",
    "options.json": "a file of --options",
    "context.json": "a file of --context",
    "value.json": "a file of --config",
    "helper.py": "Python source",
}


def link(host, kind, name):
    """Another name of the file."""
    if kind == "symlink":
        os.symlink(name, host.directory / "link")
    elif kind == "hard link":
        os.link(host.directory / name, host.directory / "link")
    else:
        return f"./{name}"
    return "link"


@pytest.mark.parametrize("name, what", READ.items())
@pytest.mark.parametrize("flag, kind", [("-o", "name"), ("-o", "hard link"), ("--stats-json", "symlink")])
def test_an_output_that_the_run_reads_is_refused(files, flag, name, what, kind):
    if name == "helper.py":
        kind = "name"  # it is known by that
    result = files("batch", "script.py", "input.jsonl", *READING, flag, link(files, kind, name))
    assert (result.code, result.stdout) == (2, ""), result
    assert what in result.stderr
    assert "choose another file" in result.stderr


@pytest.mark.parametrize("flag", ["-o", "--stats-json"])
def test_an_interpreter_is_not_overwritten(files, flag):
    files.write("python", "#!/bin/sh", f'exec {sys.executable} "$@"').chmod(0o755)
    (files.directory / "venv" / "bin").mkdir(parents=True)
    os.symlink(files.directory / "python", files.directory / "venv" / "bin" / "python3")
    for python in ["./python", "venv"]:
        result = files("batch", "script.py", "input.jsonl", "--python", python, flag, "python")
        assert result.code == 2, result
        assert "the interpreter" in result.stderr
    assert (files.directory / "python").read_text().startswith("#!")


def shell(host, command):
    return subprocess.run(
        ["bash", "-c", command, EXECUTABLE], cwd=host.directory, env=host.environment, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "command, what",
    [
        ('"$0" batch script.py input.jsonl >> input.jsonl', "the input"),
        ('"$0" batch script.py - < input.jsonl >> input.jsonl', "the input"),
        ('"$0" batch script.py input.jsonl -o /dev/stdout >> input.jsonl', "the input"),
        ('"$0" batch script.py input.jsonl >> script.py', "the script"),
        ('"$0" batch script.py input.jsonl --options @options.json >> options.json', "a file of --options"),
    ],
)
def test_results_do_not_go_into_what_the_run_reads_by_redirection(files, command, what):
    done = shell(files, command)
    assert done.returncode == 2, done
    assert what in done.stderr


def test_an_input_that_the_shell_has_emptied_is_told(host):
    host.prompts("a")
    done = shell(host, f'"$0" batch {provider("small.py")} input.jsonl > input.jsonl')
    assert done.returncode == 2, done
    assert "the input" in done.stderr


def test_statistics_do_not_go_where_the_results_go(host):
    host.prompts("a")
    done = shell(host, f'"$0" batch {provider("small.py")} input.jsonl --stats-json out.jsonl > out.jsonl')
    assert done.returncode == 2, done
    assert "the output" in done.stderr
    os.symlink("out.jsonl", host.directory / "link")
    result = host("batch", provider("small.py"), "input.jsonl", "-o", "out.jsonl", "--stats-json", "link")
    assert result.code == 2


def test_terminals_pipes_and_null_may_be_input_and_output(host):
    assert host("batch", provider("small.py"), "/dev/null", "-o", "/dev/null", "--stats-json", "/dev/null").code == 0
