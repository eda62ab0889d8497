"""What is not promptfoo's is the real interpreter's, exactly."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

QUERY = "import sys; print(sys.executable)"
REAL = os.path.realpath(sys.executable)


def run(command, environment=None, **options):
    keep = {"PATH": os.environ["PATH"], **(environment or {})}
    arguments = [str(each) for each in command]
    return subprocess.run(arguments, env=keep, capture_output=True, text=True, timeout=60, **options)


@pytest.fixture
def real(tmp_path):
    """A directory whose python3 is a link to a real one."""
    directory = tmp_path / "real"
    directory.mkdir()
    (directory / "python3").symlink_to(REAL)
    return directory


def environment_of(*directories, **others):
    return {"PATH": ":".join(map(str, directories)), **others}


STATE = """
import json, os, signal, sys
fds = sorted(int(fd) for fd in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{fd}'))
umask = os.umask(0)
handlers = {n.name: str(signal.getsignal(n)) for n in signal.valid_signals() if isinstance(n, signal.Signals)}
print(json.dumps([sys.argv, sys.orig_argv[1:] if hasattr(sys, 'orig_argv') else 0, dict(os.environ), fds, umask,
                  sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])), handlers, os.getcwd(), sys.prefix, sys.path]))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["-c", STATE],
        ["-c", STATE, "a b", "", "--x"],
        ["-I", "-u", "-W", "error", "-c", STATE],
        ["-c", QUERY + "\nimport os"],
        ["-m", "json.tool", "--help"],
        ["-X", "nonsense", "-c", "raise SystemExit(3)"],
        ["-c", "import os; os.abort()"],
        ["/nowhere/script.py", "{}"],
        ["--no-such-option"],
        ["persistent_wrapper.py", "x.py"],
        ["wrapper.py", "x.py", "f", "in.json", "out.json", "more"],
    ],
)
def test_it_behaves_as_the_real_interpreter(drop_in, real, arguments):
    def set_up():
        os.umask(0o027)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])

    environment = environment_of(real, "/usr/bin", X="1 2", PYTHONHASHSEED="0")
    results = []
    for program in (real / "python3", drop_in):
        extra = os.open("/dev/null", os.O_RDONLY)
        results.append(run([program, *arguments], environment, preexec_fn=set_up, pass_fds=[extra], input="in"))
        os.close(extra)
    expected, ours = results
    assert (ours.returncode, ours.stdout, ours.stderr) == (expected.returncode, expected.stdout, expected.stderr)


def test_stdin_is_the_program_as_with_the_real_one(drop_in):
    assert run([drop_in], input="print(6 * 7)").stdout == "42\n"
    assert run([drop_in, "-"], input="print(6 * 7)").stdout == "42\n"


def test_the_query_of_promptfoo_gives_its_own_path_as_it_was_found(drop_in, tmp_path, real):
    link = tmp_path / "bin" / "python3"
    link.parent.mkdir()
    link.symlink_to(drop_in)
    assert run([drop_in, "-c", QUERY]).stdout == f"{drop_in}\n"
    assert run([link, "-c", QUERY]).stdout == f"{link}\n"
    found = run(["python3", "-c", QUERY], environment_of(link.parent, real))
    assert found.stdout in (f"{link}\n", f"{REAL}\n")  # by whoever looks along PATH
    by_name = f"exec -a python3 {drop_in} -c '{QUERY}'"
    assert run(["/bin/bash", "-c", by_name], environment_of(link.parent, real)).stdout == f"{link}\n"


def test_off_is_the_real_interpreter_in_every_form(drop_in, real):
    environment = environment_of(real, PROVIDER_HOST_PROMPTFOO="off")
    assert run([drop_in, "-c", QUERY], environment).stdout != f"{drop_in}\n"
    failed = run([drop_in, "/nowhere/persistent_wrapper.py", "x.py", "call_api"], environment)
    assert failed.returncode == 2
    assert "/nowhere/persistent_wrapper.py" in failed.stderr


# --- which one is real


def prefix_with(drop_in, environment):
    done = run([drop_in, "-c", "import sys; print(sys.prefix)"], environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def venv(tmp_path):
    directory = tmp_path / "venv"
    subprocess.run([REAL, "-m", "venv", "--without-pip", directory], check=True, timeout=60)
    return directory


def test_the_variable_comes_before_the_environment_and_that_before_path(drop_in, venv, real):
    other = shutil.copytree(venv, venv.parent / "other", symlinks=True)
    in_path = environment_of(real)
    assert prefix_with(drop_in, in_path) == os.path.realpath(prefix_with(real / "python3", in_path))
    assert prefix_with(drop_in, {**in_path, "VIRTUAL_ENV": str(venv)}) == str(venv)
    for python in (other, other / "bin/python3"):
        both = {**in_path, "VIRTUAL_ENV": str(venv), "PROVIDER_HOST_PYTHON": str(python)}
        assert prefix_with(drop_in, both) == str(other)
    assert prefix_with(drop_in, {**environment_of(other / "bin"), "PROVIDER_HOST_PYTHON": "python3"}) == str(other)


def test_installed_in_a_virtual_environment_it_stands_for_that(drop_in, venv, real):
    installed = shutil.copy(drop_in, venv / "bin")
    link = venv.parent / "link"
    link.symlink_to(installed)
    assert prefix_with(installed, environment_of(real)) == str(venv)
    assert prefix_with(link, environment_of(real)) == str(venv)


def test_it_is_never_its_own_interpreter(drop_in, tmp_path, real):
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "python3").symlink_to(drop_in)
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(drop_in, copy / "python3")
    script = tmp_path / "script"
    script.mkdir()
    (script / "python3").write_text(f'#!/bin/sh\nexec {drop_in} "$@"\n')
    (script / "python3").chmod(0o755)
    environment = environment_of(ours, copy, script, real, "/bin")
    for program in (drop_in, *(each / "python3" for each in (ours, copy, script))):
        assert run([program, "-c", "print(1)"], environment).stdout == "1\n"


@pytest.mark.parametrize(
    ("environment", "text"),
    [
        ({"PATH": "/nowhere"}, "there is no python3 on PATH"),
        ({"PROVIDER_HOST_PYTHON": "DROP_IN"}, "is provider-host-python itself"),
        ({"PROVIDER_HOST_PYTHON": "/nowhere/python"}, "PROVIDER_HOST_PYTHON=/nowhere/python: there is no interpreter"),
        ({"PROVIDER_HOST_PYTHON": "3.2"}, "PROVIDER_HOST_PYTHON=3.2: there is no Python 3.2"),
        ({"VIRTUAL_ENV": "/nowhere"}, "VIRTUAL_ENV is /nowhere"),
    ],
)
def test_without_an_interpreter_it_says_what_it_looked_for(drop_in, environment, text):
    environment = {name: value.replace("DROP_IN", str(drop_in)) for name, value in environment.items()}
    failed = run([drop_in, "--version"], environment)
    assert failed.returncode == 127
    assert failed.stderr.startswith("provider-host-python: ")
    assert text in failed.stderr
    assert failed.stdout == ""


def test_an_interpreter_that_cannot_be_executed_is_told(drop_in, tmp_path):
    broken = tmp_path / "python3"
    broken.write_bytes(b"\x7fELF nothing")
    broken.chmod(0o755)
    failed = run([drop_in, "--version"], {"PROVIDER_HOST_PYTHON": str(broken)})
    assert failed.returncode == 126
    assert f"cannot execute {broken}" in failed.stderr


def test_without_a_host_the_real_interpreter_runs_promptfoos_worker(drop_in, tmp_path, real):
    wrapper = tmp_path / "persistent_wrapper.py"
    wrapper.write_text("import sys; print('the real one', sys.argv[1:])")
    old = tmp_path / "old"
    old.mkdir()
    (old / "python3").write_text(
        f"#!{REAL}\nimport os, sys\nif '-S' in sys.argv: sys.exit('no such option')\nos.execv({REAL!r}, sys.argv)\n"
    )
    (old / "python3").chmod(0o755)
    done = run([drop_in, wrapper, "x.py", "call_api"], {"PROVIDER_HOST_PYTHON": str(old / "python3")})
    assert done.stdout == "the real one ['x.py', 'call_api']\n"
    assert done.stderr.startswith("WARNING: provider-host: ")
