"""What happens to the helper, its socket or its client: an error or the real interpreter; no call runs twice."""

import fcntl
import os
import resource
import shutil
import signal
import socket
import struct
import sys
from pathlib import Path

import pytest

from .one_shot_process import LIMIT, is_running, wait_until

pytestmark = pytest.mark.needs_linux("a helper that keeps hosts for single calls")

# A wrapper as promptfoo's is used: what the real interpreter runs when the helper is not to.
WRAPPER = """
import importlib.util, json, sys
_, script, function, given, output = sys.argv
spec = importlib.util.spec_from_file_location("script", script)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
with open(given) as file:
    result = getattr(module, function)(*json.load(file))
with open(output, "w") as file:
    json.dump({"type": "final_result", "data": result}, file)
"""


@pytest.fixture
def wrapper(tmp_path):
    path = tmp_path / "wrapper.py"
    path.write_text(WRAPPER)
    return path


@pytest.fixture
def path(script):
    """A function that says whether the real interpreter runs it."""
    return script("import sys\ndef real(): return sys.argv[0].endswith('wrapper.py')")


@pytest.fixture
def waiting(script, tmp_path):
    """A function that notes each of its runs, and waits until it may return."""
    path = script(
        f"""
        import os, pathlib, time
        place = pathlib.Path({str(tmp_path)!r})
        def wait():
            with open(place / "runs", "a") as runs: runs.write(f"{{os.getpid()}}\\n")
            try:
                while not (place / "go").exists(): time.sleep(0.01)
            finally:
                (place / "ended").touch()
            return 1
        """
    )
    return path


def has_run(script):
    runs = script.with_name("runs")
    return lambda: runs.exists() and runs.read_text().endswith("\n")


@pytest.mark.parametrize(
    "variables",
    [{"PROVIDER_HOST_HELPER": "off"}, {"PROVIDER_HOST_PROMPTFOO": "off"}, {"PROMPTFOO_PYTHON_DEBUG_ENABLED": "true"}],
)
def test_it_can_be_turned_off(one_shots, path, wrapper, variables):
    assert one_shots.run(path, "real", wrapper=wrapper, environment=variables).data is True
    assert one_shots.helpers() == []


def make_open(directory):
    directory.mkdir()
    directory.chmod(0o755)


def make_link(directory):
    target = directory.with_name("target")
    target.mkdir(0o700)
    directory.symlink_to(target)


@pytest.mark.parametrize("make", [make_open, make_link, Path.touch])
def test_an_unsafe_directory_is_not_used(one_shots, path, wrapper, make):
    make(one_shots.runtime / "provider-host")
    assert one_shots.run(path, "real", wrapper=wrapper).data is True
    assert one_shots.helpers() == []


def test_without_a_runtime_directory_it_is_in_that_for_temporary_files(one_shots, path, tmp_path):
    one_shots.environment |= {"XDG_RUNTIME_DIR": "", "TMPDIR": str(one_shots.place)}
    assert one_shots.run(path, "real").data is False
    assert (one_shots.place / f"provider-host-{os.geteuid()}").is_dir()


def test_a_long_path_is_no_obstacle(one_shots, path):
    deep = one_shots.place / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    assert one_shots.run(path, "real", environment={"XDG_RUNTIME_DIR": str(deep)}).data is False


def test_a_helper_that_was_killed_is_replaced(one_shots, path):
    assert one_shots.run(path, "real").data is False
    one_shots.kill_helpers()
    assert len(list((one_shots.runtime / "provider-host").glob("*.sock"))) == 1
    assert one_shots.run(path, "real").data is False


@pytest.fixture
def free_name(one_shots, path):
    """The lock file of a helper that was killed."""
    assert one_shots.run(path, "real").data is False
    one_shots.kill_helpers()
    (name,) = (one_shots.runtime / "provider-host").glob("*.lock")
    return name


def test_a_helper_that_has_its_name_but_does_not_listen_yet_is_waited_for(one_shots, path, free_name):
    with free_name.open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = one_shots.start(path, "real")
        wait_until(lambda: one_shots.helpers() or running.poll() is not None, "the next helper has started")
    assert one_shots.end(running).data is False


def test_a_helper_that_has_its_name_and_never_listens_is_given_up(one_shots, path, wrapper, free_name):
    with free_name.open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert one_shots.run(path, "real", wrapper=wrapper).data is True
        wait_until(lambda: not one_shots.helpers(), "those that could not get the name have ended")


def test_a_name_that_nobody_can_have_is_no_obstacle(one_shots, path, wrapper, free_name):
    free_name.unlink()
    free_name.mkdir()
    assert one_shots.run(path, "real", wrapper=wrapper).data is True


def test_a_helper_whose_directory_is_removed_is_replaced(one_shots, path):
    assert one_shots.run(path, "real").data is False
    shutil.rmtree(one_shots.runtime / "provider-host")
    assert one_shots.run(path, "real").data is False


def test_a_helper_that_is_stopped_is_not_waited_for(one_shots, path, wrapper):
    assert one_shots.run(path, "real").data is False
    os.kill(one_shots.helper(), signal.SIGSTOP)
    assert one_shots.run(path, "real", wrapper=wrapper).data is True


def test_a_function_whose_helper_was_killed_is_not_run_again(one_shots, waiting, wrapper):
    running = one_shots.start(waiting, "wait", wrapper=wrapper)
    wait_until(has_run(waiting), "the call runs")
    one_shots.kill_helpers()
    ended = one_shots.end(running)
    assert ended.code == 1
    assert "the helper process that ran the function ended before it sent a result" in ended.err
    assert ended.text == ""
    (pid,) = waiting.with_name("runs").read_text().split()
    wait_until(lambda: not is_running(int(pid)), "its host has ended")


def test_an_import_whose_helper_was_killed_falls_back(one_shots, script, wrapper, tmp_path):
    path = script(
        f"""
        import pathlib, sys, time
        place = pathlib.Path({str(tmp_path)!r})
        (place / "importing").touch()
        real = sys.argv[0].endswith("wrapper.py")
        while not real and not (place / "go").exists(): time.sleep(0.01)
        def f(): return real
        """
    )
    running = one_shots.start(path, "f", wrapper=wrapper)
    wait_until((tmp_path / "importing").exists, "the import runs")
    one_shots.kill_helpers()
    assert one_shots.end(running).data is True


def test_the_call_of_a_client_that_was_killed_ends(one_shots, waiting):
    running = one_shots.start(waiting, "wait")
    wait_until(has_run(waiting), "the call runs")
    running.kill()
    running.communicate()
    (pid,) = waiting.with_name("runs").read_text().split()
    # Code that was told to end, and has not after a second, ends with its host.
    ended = waiting.with_name("ended")
    wait_until(lambda: ended.exists() or not is_running(int(pid)), "the call has ended")
    waiting.with_name("go").touch()
    assert one_shots.run(waiting, "wait").data == 1
    assert len(waiting.with_name("runs").read_text().split()) == 2


def test_a_client_that_was_killed_while_it_waits_runs_nothing(one_shots, script, tmp_path):
    path = script(
        f"""
        import pathlib, time
        place = pathlib.Path({str(tmp_path)!r})
        (place / "importing").touch()
        while not (place / "go").exists(): time.sleep(0.01)
        calls = 0
        def f():
            global calls
            calls += 1
            return calls
        """
    )
    running = one_shots.start(path, "f")
    wait_until((tmp_path / "importing").exists, "the import runs")
    running.kill()
    running.communicate()
    (tmp_path / "go").touch()
    assert one_shots.run(path, "f").data == 1


@pytest.mark.parametrize("content", [b"{]", b"", b"\xff", b"{}"])
def test_arguments_that_are_none_are_an_error(one_shots, path, wrapper, content):
    broken = one_shots.place / "broken.json"
    broken.write_bytes(content)
    ended = one_shots.run(path, "real", wrapper=wrapper, given=broken)
    assert ended.code == 1 or content == b"{}"


def test_a_missing_interpreter_is_told(one_shots, path):
    ended = one_shots.run(path, "real", environment={"PROVIDER_HOST_PYTHON": "/no/such/python"})
    assert ended.code == 127
    assert "/no/such/python" in ended.err


def test_no_process_can_be_started(one_shots, script, wrapper):
    if os.geteuid() == 0:
        pytest.skip("the limit of processes does not hold for root")
    path = script("import sys\ndef real(): return sys.argv[0].endswith('wrapper.py')")
    ended = one_shots.run(path, "real", wrapper=wrapper, before=["prlimit", "--nproc=1"])
    assert ended.data is True


@pytest.mark.no_sanitizer  # which needs descriptors itself
def test_calls_run_although_the_helper_is_out_of_descriptors(one_shots, script, wrapper):
    path = script("import time\ndef f(): time.sleep(0.3)")

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))

    calls = [one_shots.start(path, "f", wrapper=wrapper, preexec_fn=limit) for _ in range(8)]
    assert [one_shots.end(call).data for call in calls] == [None] * 8


def test_what_no_host_can_run_is_what_the_real_interpreter_makes_of_it(one_shots, path, script, wrapper):
    broken = one_shots.run(path, "real", wrapper=wrapper, environment={"PYTHONHASHSEED": "none"})
    assert broken.err.startswith("Fatal Python error")
    failing = script("import os\nos._exit(70)  # as a host that gets no thread", name="failing.py")
    assert one_shots.run(failing, "f", wrapper=wrapper).code == 70


def test_another_interpreter_has_hosts_of_its_own(one_shots, script, tmp_path):
    shim = tmp_path / "shim"
    shim.write_text(f'#!/bin/sh\nexport BY_SHIM=1\nexec {sys.executable} "$@"\n')
    shim.chmod(0o755)
    path = script("import os, sys\ndef f(): return [sys.executable, os.environ.get('BY_SHIM'), sys.argv[0]]")
    assert one_shots.run(path, "f").data == [sys.executable, None, str(path)]
    shimmed = one_shots.run(path, "f", environment={"PROVIDER_HOST_PYTHON": str(shim)})
    assert shimmed.data == [sys.executable, "1", str(path)]


def frame(text):
    return struct.pack(">I", len(text)) + text.encode()


HELLO = b"(what the real helper says)"
REPLY = '{{"type":"{}","text":"no","stdout":"","stderr":"","exit_code":0}}'


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (b"", 0),
        (b"GET / HTTP/1.1\r\n\r\n", 0),
        (frame('{"type":"hello","version":"0.0.0"}'), 0),
        (frame('{"type":"hello"}'), 0),
        (HELLO, 0),
        (HELLO + frame(REPLY.format("refused")), 0),
        (HELLO + frame(REPLY.format("begun")), 1),
        (HELLO + frame(REPLY.format("begun")) + frame(REPLY.format("result")), 1),
        (HELLO + frame("{}"), 1),
    ],
)
def test_what_only_looks_like_a_helper_is_not_trusted(one_shots, path, wrapper, monkeypatch, says, code):
    one_shots.run(path, "real")
    monkeypatch.chdir(one_shots.runtime / "provider-host")
    (name,) = Path().glob("*.sock")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(name))
        hello = client.recv(1 << 16)
    one_shots.kill_helpers()
    name.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(name))
        listener.listen()
        listener.settimeout(LIMIT)
        running = one_shots.start(path, "real", wrapper=wrapper)
        # What is no frame at all counts as said by a helper that ends.
        attempts = 1 if says.startswith((HELLO, b"\0")) else 3
        for _ in range(attempts):
            client = listener.accept()[0]
            client.sendall(says.replace(HELLO, hello))
            client.shutdown(socket.SHUT_WR)
            while client.recv(1 << 16):
                pass
            client.close()
        ended = one_shots.end(running)
    assert ended.code == code
    if code == 0:
        assert ended.data is True
    else:
        assert "may have run and is not run again" in ended.err


def test_a_client_that_talks_nonsense_harms_no_other(one_shots, path, monkeypatch):
    one_shots.run(path, "real")
    monkeypatch.chdir(one_shots.runtime / "provider-host")
    (name,) = Path().glob("*.sock")
    for says in (b"", b"\0\0\0\2{}\0\0\0\2[]", b"\xff" * 100, frame('{"type":"request"}') * 2):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(LIMIT)
            client.connect(str(name))
            client.sendall(says)
            client.shutdown(socket.SHUT_WR)
            while client.recv(1 << 16):
                pass
    assert one_shots.run(path, "real").data is False
