"""Variables of the environment that are not there, or meant for another Python."""

import subprocess
import sys
from pathlib import Path

from conftest import EXECUTABLE, provider


def test_no_variable_is_needed():
    command = ["env", "-i", EXECUTABLE, "call", provider("echo.py"), "hello", "--python", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done
    assert "hello" in done.stdout


def test_without_path_programs_are_where_shells_look_for_them(host):
    usual = next((path for path in map(Path, ("/bin/python3", "/usr/bin/python3")) if path.exists()), None)
    done = subprocess.run(["env", "-i", EXECUTABLE, "doctor"], capture_output=True, text=True)
    assert ("there is no interpreter 'python3' on PATH" in done.stdout) == (usual is None), done


def test_a_home_of_another_python_is_named(host):
    result = host("call", provider("echo.py"), "hello", "--python", sys.executable, PYTHONHOME="/no/such/python")
    assert result.code == 3, result
    assert "(PYTHONHOME is /no/such/python; it must hold the standard library of this Python;" in result.stderr
    result = host("doctor", "--python", sys.executable, PYTHONHOME="/no/such/python")
    assert result.code == 1 and "hint: unset PYTHONHOME" in result.stdout, result


def test_a_path_to_modules_of_another_python_is_named(host):
    library = host.directory / "lib" / "python2.9"
    library.mkdir(parents=True)
    host.write("lib/python2.9/json.py", "raise AssertionError('SRE module mismatch')")
    script = host.write("provider.py", "import json")
    result = host("call", script, "hello", "--python", sys.executable, PYTHONPATH=str(library))
    assert result.code == 3, result
    own = "%d.%d" % sys.version_info[:2]
    assert f"PYTHONPATH leads to {library}, which belongs to Python 2.9, and this is {own}; unset it" in result.stderr


def test_such_a_module_is_told_of_when_a_call_imports_it(host):
    library = host.directory / "lib" / "python2.9" / "site-packages"
    library.mkdir(parents=True)
    host.write("lib/python2.9/site-packages/compiled.py", "import compiled_for_another_python")
    script = host.write("provider.py", "def call_api(prompt, options, context):", "    import compiled")
    result = host("call", script, "hello", "--python", sys.executable, PYTHONPATH=str(library))
    assert result.code == 1, result
    assert f"PYTHONPATH leads to {library}, which belongs to Python 2.9" in result.stderr


def test_other_errors_of_modules_on_that_path_are_not_blamed_on_it(host):
    library = host.directory / "lib" / "python2.9"
    library.mkdir(parents=True)
    host.write("lib/python2.9/pure.py", "raise RuntimeError('no key is set')")
    result = host(
        "call", host.write("provider.py", "import pure"), "x", "--python", sys.executable, PYTHONPATH=str(library)
    )
    assert result.code == 3 and "PYTHONPATH" not in result.stderr, result
