"""System calls that old kernels do not have and that profiles of containers refuse: everything works without them, or
one message names the call. docs/reference/platforms.md has the table."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
from confined import run_confined
from conftest import EXECUTABLE, lines_of, provider, wait_until
from tools.without_call import ANSWERS, FILTER, NEWER_THAN_LINUX_3_2, REPLACED, UNNECESSARY, why_not

TEXTS = {"ENOSYS": "Function not implemented", "EPERM": "Operation not permitted"}

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.needs_linux("its system calls are not replaced at run time")]


class Without:
    """Runs the executable in a scratch directory without some system calls: without(CALLS, ANSWER, ARGUMENTS...)."""

    def __init__(self, host):
        environment = {**host.environment, "HOME": str(host.directory), "PATH": "/usr/bin:/bin"}
        environment["PROVIDER_HOST_PYTHON"] = sys.executable
        self._options = {"cwd": host.directory, "env": environment, "stdin": subprocess.DEVNULL, "text": True}
        self._options.update(stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __call__(self, calls, answer, *arguments, **options):
        return subprocess.run([FILTER, calls, answer, EXECUTABLE, *arguments], **{**self._options, **options})

    def start(self, calls, answer, *arguments):
        return subprocess.Popen([FILTER, calls, answer, EXECUTABLE, *arguments], **self._options)


@pytest.fixture
def without(host):
    if reason := why_not():
        pytest.skip(reason)
    return Without(host)


def lines_without_lost_hosts(text):
    return [line for line in text.splitlines() if "; it is replaced" not in line]


def assert_call_works(without, calls, answer):
    done = without(calls, answer, "call", provider("segfaults.py"), "hi")
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"output":"hi"}\n', "")


def assert_batch_works(host, without, calls, answer):
    """The host that crashes is the only one that is lost, and how it ended is known."""
    host.prompts("a", "segfault", "b", "kill", "c")
    done = without(calls, answer, "batch", provider("segfaults.py"), "input.jsonl", "--workers", "2")
    outcomes = lines_of(done.stdout)
    assert done.returncode == 1, done
    assert [outcome["ok"] for outcome in outcomes] == [True, False, True, False, True], done
    assert [outcome["error"].get("signal") for outcome in outcomes if not outcome["ok"]] == [11, 9], done
    first, *rest = lines_without_lost_hosts(done.stderr)
    assert first.startswith("first host_crashed: ")
    # The run may be over before the last replacement is there.
    assert [re.sub(r"\(.*?/s\)|in [0-9.]+ s |, [12] restarts?$", "", line) for line in rest] == [
        "5 calls : 3 ok, 2 failed (2 host_crashed), 0 provider errors"
    ]


def assert_doctor_is_content(without, calls, answer):
    done = without(calls, answer, "doctor")
    assert done.returncode == 0, done
    assert "All is well." in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("calls", [*REPLACED, UNNECESSARY, ",".join(REPLACED)], ids=lambda calls: calls[:40])
class TestWithout:
    def test_a_call_works(self, without, calls, answer):
        assert_call_works(without, calls, answer)

    def test_a_batch_with_crashes_works(self, host, without, calls, answer):
        assert_batch_works(host, without, calls, answer)

    def test_doctor_is_content(self, without, calls, answer):
        assert_doctor_is_content(without, calls, answer)


def test_a_kernel_that_is_as_old_as_glibc_allows(host, without):
    assert_call_works(without, NEWER_THAN_LINUX_3_2, "ENOSYS")
    assert_batch_works(host, without, NEWER_THAN_LINUX_3_2, "ENOSYS")
    assert_doctor_is_content(without, NEWER_THAN_LINUX_3_2, "ENOSYS")


@pytest.mark.parametrize("calls", ["socketpair", "epoll_create1,poll"])
def test_without_what_nothing_replaces_doctor_names_it(without, calls):
    """Another host would be of no use, so none is recommended."""
    done = without(calls, "EPERM", "doctor")
    assert done.returncode == 1, done
    (error,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert calls.split(",")[-1] in error and TEXTS["EPERM"] in error
    assert "hint: the system refuses it, not Python" in done.stdout + done.stderr


class TestAServer:
    """Its library does without epoll_create1 only where that is ENOSYS."""

    @pytest.mark.parametrize("answer", ANSWERS)
    def test_answers_and_drains(self, host, without, answer):
        needed = ["pipe2"] if answer == "ENOSYS" else ["pipe2", "epoll_create1"]  # a pipe where there is no eventfd
        calls = ",".join(["accept4", *(call for call in REPLACED if call not in needed)])
        port = host.directory / "port"
        listen = ["--listen", "127.0.0.1:0", "--port-file", port]
        server = without.start(calls, answer, "serve", provider("echo.py"), *listen)
        wait_until(lambda: port.exists() or server.poll() is not None, "it listens")
        connection = http.client.HTTPConnection("127.0.0.1", int(port.read_text()))
        connection.request("POST", "/v1/call", json.dumps({"prompt": "hi"}))
        response = json.load(connection.getresponse())
        connection.close()
        server.send_signal(signal.SIGTERM)
        _, stderr = server.communicate()
        assert response["ok"], response
        assert server.returncode == 0, stderr

    def test_names_what_is_refused(self, without):
        done = without("epoll_create1", "EPERM", "serve", provider("echo.py"), "--listen", "127.0.0.1:0")
        assert done.returncode == 2
        (message,) = done.stderr.splitlines()
        assert "a seccomp profile refuses epoll_create1" in message


@pytest.mark.parametrize("answer", ANSWERS)
def test_hosts_start_without_a_template_where_processes_cannot_be_watched(host, without, answer):
    host.prompts("a", "segfault", "b")
    done = without("pidfd_open", answer, "batch", provider("segfaults.py"), "input.jsonl", "--preload=on")
    assert [outcome["ok"] for outcome in lines_of(done.stdout)] == [True, False, True], done
    (reason,) = [line for line in done.stderr.splitlines() if "preload is off" in line]
    assert reason.endswith(f"which a template needs (pidfd_open: {TEXTS[answer]})")


class TestWithoutClone3:
    """libc makes threads and processes with clone3, and does without only where it is ENOSYS."""

    def test_a_kernel_without_it(self, host, without):
        assert_call_works(without, "clone3", "ENOSYS")
        assert_batch_works(host, without, "clone3", "ENOSYS")
        assert_doctor_is_content(without, "clone3", "ENOSYS")

    @pytest.mark.parametrize("command", ["call", "batch", "doctor"])
    def test_a_profile_that_refuses_it_is_named(self, host, without, command):
        host.prompts("a")
        arguments = {"call": [provider("segfaults.py"), "a"], "batch": [provider("segfaults.py"), "input.jsonl"]}
        done = without("clone3", "EPERM", command, *arguments.get(command, []))
        assert done.returncode == 4
        assert done.stdout == ""
        (message,) = done.stderr.splitlines()
        assert "a seccomp profile refuses clone3 with EPERM" in message
        assert "internal error" not in message


@pytest.mark.parametrize("answer", ANSWERS)
def test_hosts_inherit_no_descriptors_without_close_range(host, without, answer):
    secret = host.directory / "secret"
    with open(secret, "w") as low, open(secret, "a") as high:
        numbers = [low.fileno(), os.dup2(high.fileno(), 2000)]
        try:
            for number in numbers:
                os.set_inheritable(number, True)
            done = without(
                "close_range", answer, "call", f"{provider('segfaults.py')}:open_files", "", pass_fds=numbers
            )
        finally:
            os.close(2000)
    assert done.returncode == 0, done
    assert str(secret) not in done.stdout
    assert done.stderr == ""


def test_a_host_says_when_it_may_have_inherited_descriptors(host, without):
    """Nothing lists them, and there may be too many to try each."""
    mounts = ["mount -t tmpfs none /proc", "ulimit -n 100000"]
    arguments = ["close_range", "ENOSYS", EXECUTABLE, "call", provider("echo.py"), "hi"]
    done = run_confined(mounts, *arguments, program=FILTER, PROVIDER_HOST_PYTHON=sys.executable)
    assert done.code == 0, done
    assert "provider host: descriptors may have been inherited: the system does not say which" in done.stderr


def test_a_folder_for_shared_memory_that_is_full_is_not_used(host, without):
    mounts = ["mount -t tmpfs -o size=4k none /dev/shm"]
    arguments = ["memfd_create", "EPERM", EXECUTABLE, "call", provider("echo.py"), "hi"]
    done = run_confined(mounts, *arguments, program=FILTER, PROVIDER_HOST_PYTHON=sys.executable)
    assert done.code == 0, done


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_call_that_takes_too_long_is_interrupted_without_tgkill(host, without, answer):
    """Its host stays."""
    host.write("input.jsonl", {"prompt": "loop", "timeout": 0.5}, {"prompt": "after"})
    done = without("tgkill", answer, "batch", provider("interruptible.py"), "input.jsonl")
    late, after = lines_of(done.stdout)
    assert late["error"]["kind"] == "timeout", done
    assert after["ok"] and after["pid"] == late["pid"], done


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_interrupt_ends_a_run_without_rt_sigtimedwait(host, without, answer):
    run = without.start("rt_sigtimedwait", answer, "call", provider("interruptible.py"), "loop")
    wait_until((host.directory / "begun").exists, "the call runs")
    run.send_signal(signal.SIGINT)
    stdout, stderr = run.communicate()
    assert (run.returncode, stdout) == (130, ""), stderr


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("way", ["raise", "abort", "kill"])
def test_a_script_that_signals_itself_dies_without_tgkill(host, without, answer, way):
    """libc's raise() and abort() need it."""
    host.prompts(way, "after")
    done = without("tgkill", answer, "batch", provider("interruptible.py"), "input.jsonl")
    lost, after = lines_of(done.stdout)
    assert after["ok"], done
    if way == "raise":  # fails
        assert lost["error"]["kind"] in ("host_crashed", "python_exception"), done
    else:
        assert lost["error"]["kind"] == "host_crashed", done


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
@pytest.mark.timeout(180)
def test_a_pool_works_under_valgrind(host):
    """Debian 12's has no pidfd_open."""
    host.prompts("a", "segfault", "b")
    command = ["valgrind", "-q", EXECUTABLE, "batch", provider("segfaults.py"), "input.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=host.directory, env=host.environment)
    assert [outcome["ok"] for outcome in lines_of(done.stdout)] == [True, False, True], done
    assert "== Invalid" not in done.stderr and "uninitialised" not in done.stderr
