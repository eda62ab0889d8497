"""The script's module: its name, its file, and who else imports it. Plain `python SCRIPT` is the yardstick."""

import os
import subprocess
import sys

import pytest

SPAWNING = """\
import multiprocessing, pickle, sys

class Twice:
    def __init__(self, number):
        self.value = 2 * number

def call_api(prompt, options, context):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        sent = pool.apply(Twice, (21,))
    return {"output": [sent.value, type(sent) is Twice, pickle.loads(pickle.dumps(Twice)) is Twice]}

if __name__ == "__main__":
    print(call_api("", {}, {}))
"""


@pytest.mark.parametrize("name", ["my.provider.py", "json.py", "colorsys.py", "hidden.py", "plain.py"])
def test_processes_that_a_script_spawns_know_its_functions(host, name):
    script = host.write(name, SPAWNING)
    (host.directory / "hidden").mkdir()  # `import hidden` finds this package, not the script
    host.write("hidden/__init__.py", "")
    result = host("call", script, "x")
    assert result.code == 0 and result.json == {"output": [42, True, True]}, result


@pytest.mark.skipif(sys.version_info < (3, 11), reason="PYTHONSAFEPATH is new in Python 3.11")
def test_processes_that_a_script_spawns_know_it_without_its_directory(host):
    result = host("call", host.write("safe.py", SPAWNING), "x", PYTHONSAFEPATH="1")
    assert result.code == 0 and result.json == {"output": [42, True, True]}, result


# Prints what it found, and how often the script ran to its end.
CIRCLE = {
    "provider.py": "import os\n"
    "import helper\n"
    "LIMIT = 1\n"
    "class Config: pass\n"
    "def runs(): os.environ['RUNS'] = os.environ.get('RUNS', '') + 'x'\n"
    "runs()\n"
    "def call_api(prompt, options, context):\n"
    "    return {'output': [helper.LIMIT, helper.other.DOUBLE, os.environ['RUNS']]}\n"
    "if __name__ == '__main__':\n"
    "    print(call_api('', {}, {})['output'])\n",
    "helper.py": "from provider import LIMIT\nimport other\n",
    "other.py": "import provider\nDOUBLE = 2 * provider.LIMIT\n",
}


def test_a_sibling_imports_the_script_that_imports_it(host):
    for name, text in CIRCLE.items():
        host.write(name, text)
    script = host.directory / "provider.py"
    plain = subprocess.run([sys.executable, script], capture_output=True, text=True)
    result = host("call", script, "x")
    assert result.code == 0 and str(result.json["output"]) + "\n" == plain.stdout == "[1, 2, 'xx']\n", (result, plain)


def test_a_sibling_that_imports_the_script_later_gets_that_very_module(host):
    host.write("helper.py", "def same(Config):\n    from provider import Config as mine\n    return mine is Config")
    script = host.write(
        "provider.py",
        "import helper",
        "class Config: pass",
        "def call_api(prompt, options, context): return {'output': helper.same(Config)}",
    )
    assert host("call", script, "x").json == {"output": True}


def test_what_a_script_lacks_is_not_looked_for_twice(host):
    host.write("helper.py", "from provider import NOTHING")
    script = host.write("provider.py", "import sys", "print('begins', file=sys.stderr)", "import helper")
    result = host("call", script, "x")
    assert result.code == 3 and "cannot import name 'NOTHING'" in result.stderr, result
    asked = host.write("asked.py", "import sys", "me = sys.modules[__name__]", "assert not hasattr(me, 'nothing')")
    result = host("check", asked)
    assert result.code == 1 and "defines none of call_api" in result.stdout, result


def test_the_newest_version_of_a_script_runs_whatever_bytecode_there_is(host):
    host.environment.pop("PYTHONDONTWRITEBYTECODE", None)
    host.write("sibling.py", "")
    for answer in "AB":  # of one size and one second
        script = host.write("script.py", "import sibling", f"def call_api(p, o, c): return {{'output': '{answer}'}}")
        os.utime(script, (1_700_000_000, 1_700_000_000))
        assert host("call", script, "x").json == {"output": answer}
    cached = [path.name.partition(".")[0] for path in host.directory.rglob("*.pyc")]
    assert cached == ["sibling"], "as `python` leaves it"
