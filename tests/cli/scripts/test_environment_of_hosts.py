"""The groups "Resources" and "Environment of the hosts" of the options."""

import os
import resource
import subprocess

import pytest
from conftest import lines_of, provider, wait_until

SURROUNDINGS = provider("surroundings.py")


def variable(host, name, *flags, **environment):
    result = host("call", SURROUNDINGS + ":variable", name, *flags, **environment)
    assert result.code == 0, result
    return result.json["output"]


def place(host, *flags):
    result = host("call", SURROUNDINGS + ":place", "", *flags)
    assert result.code == 0, result
    return result.json["output"]


def test_hosts_have_the_variables_of_the_caller_unless_the_environment_is_clean(host):
    assert variable(host, "API_KEY", API_KEY="secret") == "secret"
    assert variable(host, "API_KEY", "--env", "inherit", API_KEY="secret") == "secret"
    assert variable(host, "API_KEY", "--env", "clean", API_KEY="secret") is None
    assert variable(host, "PATH", "--env", "clean") == os.environ["PATH"]


@pytest.mark.parametrize("flags", [["--keep-env", "A", "--keep-env", "B"], ["--keep-env", "A,B"], ["--keep-env=A,B"]])
def test_a_clean_environment_keeps_what_is_named(host, flags):
    values = {"A": "1", "B": "2", "C": "3"}
    kept = [variable(host, name, "--env", "clean", *flags, **values) for name in values]
    assert kept == ["1", "2", None]


def test_variables_can_be_set(host):
    flags = ["--set-env", "MODE=a=b, c", "--set-env", "EMPTY=", "--set-env", "HOME=/nowhere"]
    assert variable(host, "MODE", *flags, MODE="other") == "a=b, c"
    assert variable(host, "EMPTY", *flags) == ""
    assert variable(host, "HOME", *flags, "--env", "clean") == "/nowhere"


def test_hosts_run_in_the_directory_that_is_named(host, tmp_path):
    assert place(host)["cwd"] == str(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    assert place(host, "--cwd", "elsewhere")["cwd"] == str(tmp_path / "elsewhere")


def test_the_directory_of_the_hosts_does_not_move_the_script(host, tmp_path):
    host.write("here.py", "import os", "def call_api(*_):", "    return {'output': os.getcwd()}")
    assert host("call", "here.py", "p", "--cwd", "/").json == {"output": "/"}


@pytest.mark.needs_linux("no_new_privs")
def test_umask_and_rights(host):
    mask = os.umask(0)
    os.umask(mask)
    core = resource.getrlimit(resource.RLIMIT_CORE)[0]
    default = place(host)
    assert (default["umask"], default["no_new_privs"], default["core"]) == (f"{mask:03o}", "0", 0)
    changed = place(host, "--umask", "027", "--no-new-privs", "--core-dumps")
    assert (changed["umask"], changed["no_new_privs"], changed["core"]) == ("027", "1", core)


@pytest.mark.no_sanitizer
def test_a_memory_limit_turns_a_runaway_allocation_into_an_error(host):
    assert host("call", SURROUNDINGS + ":hoard", "").json == {"output": 64}
    result = host("call", SURROUNDINGS + ":hoard", "", "--memory-limit", "512M")
    assert result.code == 1
    assert "MemoryError" in result.stderr, result


@pytest.mark.parametrize(
    "prompt, flags, cause",
    [
        ("0", ["--max-calls-per-host", "3"], "call_limit"),
        pytest.param("64", ["--max-rss", "48MiB"], "memory_limit", marks=pytest.mark.needs_linux("memory")),
    ],
)
def test_a_host_that_is_due_is_replaced_without_a_failure(host, prompt, flags, cause):
    run = host.start("batch", SURROUNDINGS, "-", "--stats", *flags, stdin=subprocess.PIPE)
    pids = []
    while len(set(pids)) < 2:
        run.send('{"prompt":"%s"}\n' % prompt)
        wait_until(lambda: run.stdout.count("\n") > len(pids), "the next result")
        pids = [line["result"]["output"] for line in lines_of(run.stdout)]
    result = run.end()
    assert result.code == 0, result
    assert cause in result.stderr


def test_check_takes_the_environment_too(host):
    host.write("picky.py", "import os", "os.environ['NEEDED']", "def call_api(p, o, c):", "    return {'output': 1}")
    assert host("check", "picky.py", "--env", "clean", NEEDED="1").code == 3
    assert host("check", "picky.py", "--env", "clean", "--keep-env", "NEEDED", NEEDED="1").code == 0
