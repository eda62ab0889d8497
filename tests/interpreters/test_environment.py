"""A script in a host sees what it would see under the same interpreter, run plainly."""

import machine
import pytest

# The first test of a Python may build its host.
pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(900), pytest.mark.xdist_group("heavy")]

RANDOM = ["hash"]  # differs from run to run under `python`, too


def test_a_script_sees_the_same_interpreter(python):
    plain = machine.run_directly(python["executable"])
    hosted = machine.run_in_host("--python", python["executable"])
    assert machine.differences(plain, hosted, ignored=RANDOM) == {}
    assert plain["installed"] == "No module named 'only_in_venv'"


def test_a_script_sees_its_virtual_environment(python, venv):
    plain = machine.run_directly(venv / "bin" / "python")
    hosted = machine.run_in_host("--python", venv)
    # The directory holds python, python3 and, from 3.13 on, more; a host takes python3.
    assert hosted["executable"] == str(venv / "bin" / "python3")
    assert hosted["prefix"] == str(venv)
    assert hosted["installed"][1] == "here"
    assert hosted["pth"] == "seen"
    assert str(venv / "extra") in hosted["path"]
    named = machine.run_in_host("--python", venv / "bin" / "python")
    assert machine.differences(plain, named, ignored=RANDOM) == {}


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONHASHSEED": "7", "PYTHONPATH": "/tmp:/no/such/directory", "PYTHONNOUSERSITE": "1"},
        {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error::DeprecationWarning,ignore::UserWarning"},
        {"PYTHONUTF8": "1", "LC_ALL": "C", "PYTHONOPTIMIZE": "2", "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"},
        {"PYTHONIOENCODING": "latin-1:replace", "PYTHONPYCACHEPREFIX": "/tmp/cache", "PYTHONTRACEMALLOC": "1"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONDONTWRITEBYTECODE": ""},
        {"PYTHONSTARTUP": "/no/such/file", "PYTHONMALLOC": "debug", "PYTHONASYNCIODEBUG": "1"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_environment_variables_count_as_under_python(python, venv, variables):
    variables.setdefault("PYTHONHASHSEED", "1")
    plain = machine.run_directly(venv / "bin" / "python3", **variables)
    hosted = machine.run_in_host("--python", venv, **variables)
    assert machine.differences(plain, hosted) == {}


def test_children_do_not_inherit_what_started_the_host(python, tmp_path):
    script = tmp_path / "environment.py"
    script.write_text(
        "import json, os\n"
        "def call_api(prompt, options, context):\n"
        "    return {'output': dict(os.environ)}\n"
        "if __name__ == '__main__':\n"
        "    print(json.dumps(dict(os.environ)))\n"
    )
    plain = machine.run_directly(python["executable"], script)
    assert machine.run_in_host("--python", python["executable"], script=script) == plain
