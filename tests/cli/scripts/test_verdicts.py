"""Hosts that end by limits of the system, by their own hand, or as another program: what is said of it."""

import resource
import subprocess
import sys

import pytest
from conftest import EXECUTABLE, ProviderHost, with_a_limit

ANSWER = "def call_api(prompt, options, context):\n    return {'output': prompt}"


def limited(host, limit, value, *arguments):
    """Runs the command with a limit, as `ulimit` in a shell would."""
    done = subprocess.run(
        [str(EXECUTABLE), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=host.directory,
        env=host.environment,
        preexec_fn=lambda: resource.setrlimit(limit, (value, value)),
    )
    return done


@pytest.mark.needs_linux("the limits of other processes")
@pytest.mark.parametrize("limits", ["(1, 3)", "(1, 1)"])
def test_a_limit_of_processor_time_is_named(host, limits):
    script = host.write(
        "p.py",
        "import resource",
        f"resource.setrlimit(resource.RLIMIT_CPU, {limits})",
        "def call_api(prompt, options, context):",
        "    while True: pass",
    )
    result = host("call", script, "a")
    assert result.code == 1
    assert "likely cause: CPU time limit: it had used the 1 s that it may" in result.stderr, result


@pytest.mark.parametrize(
    "close",
    [
        "os.closerange(3, 65536)",
        "[try_to(os.close, fd) for fd in map(int, os.listdir('/proc/self/fd')) if fd > 2]",
        "[try_to(os.dup2, 0, fd) for fd in map(int, os.listdir('/proc/self/fd')) if fd > 2]",
        "ctypes.CDLL(None).closefrom(3)",
    ],
)
def test_closing_every_descriptor_harms_nothing(host, close):
    script = host.write(
        "p.py",
        "import ctypes, os",
        "def try_to(do, *args):",
        "    try: do(*args)",
        "    except OSError: pass",
        "def call_api(prompt, options, context):",
        f"    {close}",
        "    return {'output': prompt}",
    )
    result = host("batch", script, host.prompts("a", "b"))
    assert [line["result"]["output"] for line in result.lines] == ["a", "b"], result
    assert len({line["pid"] for line in result.lines}) == 1, "the host goes on"


def test_closing_every_descriptor_past_libc_is_told(host):
    script = host.write(
        "p.py",
        "import ctypes",
        "def call_api(prompt, options, context):",
        "    ctypes.CDLL(None).syscall(436, 3, 0xFFFFFFFF, 0)  # close_range",
        "    return {'output': prompt}",
    )
    result = host("call", script, "a")
    assert result.code == 1
    assert "likely cause: its own code closed the descriptors of the host" in result.stderr, result


def test_a_limit_of_file_sizes_is_an_error_of_the_script_and_of_the_command(host):
    script = host.write(
        "p.py",
        "def call_api(prompt, options, context):",
        "    with open('big.txt', 'w') as file:",
        "        file.write('x' * 100_000)",
    )
    done = limited(host, resource.RLIMIT_FSIZE, 8192, "call", script, "a")
    assert done.returncode == 1
    assert "OSError: [Errno 27] File too large" in done.stderr, done
    lines = host.prompts(*("x" * 3000 for _ in range(5)))
    done = limited(host, resource.RLIMIT_FSIZE, 8192, "batch", host.write("q.py", ANSWER), lines, "-o", "out.jsonl")
    assert done.returncode == 4, done
    assert "File too large" in done.stderr, done


def test_a_limit_of_file_sizes_below_the_memory_that_hosts_share_is_named(host):
    """Shared memory counts as a file; a page is enough."""
    script = host.write("p.py", ANSWER)
    done = limited(host, resource.RLIMIT_FSIZE, resource.getpagesize(), "call", script, "a")
    assert done.returncode == 0, done
    done = limited(host, resource.RLIMIT_FSIZE, 0, "call", script, "a")
    assert (done.returncode, done.stdout) == (3, "")
    (message,) = done.stderr.splitlines()
    assert message.startswith("provider-host: no host can be started: cannot make shared memory: File too large")
    assert "`ulimit -f`" in message


@pytest.mark.no_sanitizer  # the check of virtual tables opens a pipe
@pytest.mark.parametrize("command", ["call", "batch", "check"])
def test_running_out_of_descriptors_is_told_the_same_way_everywhere(host, command):
    script = host.write("p.py", ANSWER)
    more = {"call": ["a"], "batch": [host.prompts("a")], "check": []}[command]
    codes = set()
    for limit in [4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 28, 32]:
        done = limited(host, resource.RLIMIT_NOFILE, limit, command, script, *more)
        if done.returncode != 0:
            assert "ulimit -n" in done.stderr, (limit, done)
            codes.add(done.returncode)
    assert codes == {4}


@pytest.fixture
def venv(host):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", host.directory / "venv"], check=True)
    return host.directory / "venv" / "bin" / "python"


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    "unless",
    [
        "if sys.prefix == sys.base_prefix:",
        "if sys.executable != PYTHON:",
        "if os.environ.setdefault('INSIDE', str(os.getpid())) == str(os.getpid()):",
    ],
)
def test_a_script_that_executes_itself_in_its_virtual_environment_is_run_there(host, venv, unless, workers):
    script = host.write(
        "p.py",
        "import os, sys",
        f"PYTHON = {str(venv)!r}",
        unless,
        "    os.execv(PYTHON, [PYTHON, '-u', *sys.argv])",
        "def call_api(prompt, options, context):",
        "    return {'output': sys.executable}",
    )
    result = host("call", script, "a", "--log-level", "info", "--workers", workers)
    assert (result.code, result.json) == (0, {"output": str(venv)}), result
    assert f"--python {venv} saves the first start" in result.stderr, result
    assert host("check", script).code == 0


def test_a_script_that_executes_itself_for_ever_is_told_so(host, venv):
    script = host.write("p.py", "import os, sys", f"os.execv({str(venv)!r}, ['python', *sys.argv])")
    result = host("call", script, "a")
    assert result.code == 3, result
    assert f"replaced itself with {venv}" in result.stderr, result


@pytest.mark.parametrize("program", ["['/bin/sleep', '3600']", "['/bin/true']"])
def test_another_program_in_the_place_of_a_host_is_named(host, program):
    script = host.write("p.py", "import os", f"os.execv({program}[0], {program})")
    result = host("call", script, "a")
    assert result.code == 3, result
    assert f"replaced itself with {program.split(chr(39))[1]} (as os.execv does) while importing p.py" in result.stderr
    script = host.write("q.py", "import os", "def call_api(*_):", f"    os.execv({program}[0], {program})")
    result = host("batch", script, host.prompts("a", "b"))
    assert [line["error"]["kind"] for line in result.lines] == ["host_crashed"] * 2, result
    assert "(as os.execv does) while running call_api" in result.stdout, result


@pytest.mark.parametrize("group", ["0", "os.getpgrp()"])
def test_a_script_that_kills_its_own_group_is_told_so(host, group):
    script = host.write(
        "p.py",
        "import os, signal",
        "def call_api(prompt, options, context):",
        f"    os.killpg({group}, signal.SIGTERM)",
    )
    result = host("call", script, "a")
    assert result.code == 1
    assert "likely cause: its own code sent it SIGTERM" in result.stderr, result


def test_an_exec_that_fails_is_the_scripts_own_affair(host):
    script = host.write(
        "p.py", "import os", "try: os.execv('/nowhere', ['x'])", "except OSError: pass", ANSWER,
    )  # fmt: skip
    assert host("call", script, "a").json == {"output": "a"}


def test_a_host_is_said_to_be_replaced_only_when_it_is(host):
    script = host.write("p.py", "import os", "def call_api(*_):", "    os._exit(9)")
    assert "it is replaced" not in host("call", script, "a").stderr
    result = host("batch", script, host.prompts("a", "b"))
    assert "; it is replaced\n" in result.stderr, "for the second call"


def test_a_timeout_shows_the_stack_once(host):
    script = host.write("p.py", "import time", "def call_api(*_):", "    time.sleep(3600)")
    _, result = with_a_limit(
        lambda limit: host("call", script, "a", "--timeout", limit, "--interrupt-grace", "0"),
        lambda result: "in call_api" in result.stderr,
        [0.5, 2, 8],
    )
    assert result.code == 1
    assert result.stderr.count("line 3 in call_api") == 1, result


def test_a_host_that_touches_the_terminal_is_not_stopped(host: ProviderHost):
    script = host.write(
        "p.py",
        "import os, subprocess",
        "def call_api(prompt, options, context):",
        "    stty = subprocess.run('stty -echo < /dev/tty', shell=True, capture_output=True, text=True)",
        "    try: open('/dev/tty', 'w').write('from the host')",
        "    except OSError as error: return {'output': [error.strerror, stty.returncode]}",
        "    return {'output': 'it has a terminal'}",
    )
    code, drawn = host.on_a_terminal("call", script, "a", "--timeout", "20")
    assert code == 0, drawn
    assert "No such device or address" in drawn, drawn


def test_a_host_that_is_stopped_is_said_to_be(host):
    script = host.write("p.py", "import os, signal", "def call_api(*_):", "    os.kill(os.getpid(), signal.SIGSTOP)")
    _, result = with_a_limit(
        lambda limit: host("call", script, "a", "--timeout", limit),
        lambda result: "its process was stopped" in result.stderr,
        [0.5, 2, 8],
    )
    assert result.code == 1
    assert "its process was stopped" in result.stderr, result
