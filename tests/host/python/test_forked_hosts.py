"""Hosts that a template has forked: each is a host like any other."""

import json
import os
import signal
import time

import pytest
from direct_hosts import HOST, IN_USE

pytestmark = [
    pytest.mark.no_sanitizer,
    pytest.mark.skipif(not HOST.exists(), reason="there is no host for this Python"),
    pytest.mark.needs_linux("templates"),
]


def test_nothing_of_the_template_is_open_in_a_fork(start_template):
    template = start_template(
        """
import os
def call_api():
    links = {}
    for name in os.listdir("/proc/self/fd"):
        try: links[name] = os.readlink(f"/proc/self/fd/{name}")
        except OSError: pass
    return links
"""
    )
    first, second = template.fork(), template.fork()
    links = [host.run() for host in (first, second, template.fork())]
    assert sorted(links[0]) == sorted(links[1]) == sorted(links[2])
    low = [number for number in links[2] if 2 < int(number) < 1000]
    assert low == []
    assert links[2]["0"] == "/dev/null"
    shared = set(links[0].values()) & set(links[1].values())
    assert {link for link in shared if not link.startswith("anon_inode")} == {"/dev/null"}


def test_a_script_sees_the_same_around_it_as_in_a_host_that_was_started(start_process, start_template):
    source = """
import os, sys
def depth(frame): return 1 + depth(frame.f_back) if frame else 0
def call_api():
    with open("/proc/self/status") as file:
        status = [line for line in file if line.startswith(("SigB", "SigI", "SigC", "Threads", "Umask"))]
    modules, fds = sorted(sys.modules), sorted(os.listdir("/proc/self/fd"))
    with open("/proc/self/stat") as file:
        nice = file.read().split()[15:20]
    return [status, nice, modules, fds, os.getcwd(), sys.argv, dict(os.environ), depth(sys._getframe())]
"""
    fresh, forked = start_process(source), start_template(source).fork()
    assert fresh.call.read()["type"] == "ready"
    seen = [json.loads(json.dumps(host.run()).replace("provider1", "provider0")) for host in (fresh, forked)]
    assert seen[1] == seen[0]


def test_stacks_and_cancellation_work_in_a_fork(start_template):
    template = start_template(
        """
import time
def wait_for_ever():
    print("begun")
    time.sleep(600)
def call_api():
    try:
        wait_for_ever()
    except KeyboardInterrupt:
        return "interrupted"
"""
    )
    host = template.fork()
    host.control.send({"type": "ping", "id": 3})
    assert host.control.read() == {"type": "pong", "id": 3}
    call = host.begin()
    host.out.until("begun")
    host.control.send({"type": "dump"})
    stacks = host.diagnostics.until("=== end of calls ===")
    assert "in wait_for_ever" in stacks and f"Call {call} (most recent call first):" in stacks
    host.control.send({"type": "cancel", "id": call})
    assert host.call.read() == {"type": "result", "id": call, "result": "interrupted"}


def test_stacks_of_a_template_and_of_a_fork_that_do_not_get_ready(start_process, tmp_path):
    source = f"""
import os, time
def import_slowly():
    print("importing")
    while not os.path.exists({str(tmp_path / "go_on")!r}): time.sleep(0.01)
import_slowly()
def on_host_start():
    print("starting")
    time.sleep(600)
"""
    template = start_process(source, True)
    template.out.until("importing")
    template.control.send({"type": "dump"})
    assert "in import_slowly" in template.diagnostics.until("=== end of dump ===")
    (tmp_path / "go_on").touch()
    assert template.call.read()["type"] == "template"
    host = template.request_fork()
    host.pid = template.call.read()["pid"]
    host.start(template.script)
    host.out.until("starting")
    host.control.send({"type": "dump"})
    assert "in on_host_start" in host.diagnostics.until("=== end of dump ===")
    os.kill(host.pid, signal.SIGKILL)
    assert template.wait_for(host)["signal"] == signal.SIGKILL


def test_a_fork_responds_to_health_probes(echo):
    host = echo.fork()
    host.control.send({"type": "probe", "id": 5})
    deadline = time.monotonic() + 30
    while host.record("gil_responded") != 5:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert host.run()["pid"] == host.pid


def test_a_fork_that_becomes_another_program_says_so(start_template):
    template = start_template("import os\ndef call_api(): os.execv('/bin/true', ['true'])\n")
    host = template.fork()
    call = host.begin()
    assert template.wait_for(host)["code"] == 0
    assert (host.record("culprit"), host.record("executes")) == (call, IN_USE)


def test_random_numbers_and_ids_are_not_those_of_other_forks(start_template):
    template = start_template(
        """
import random, uuid
try:
    import numpy.random
except ImportError:
    numpy = None
random.random(); uuid.uuid1()
if numpy: numpy.random.random()
def call_api():
    numbers = [random.random(), numpy.random.random() if numpy else random.random()]
    return [*numbers, str(uuid.uuid1()), str(uuid.uuid4())]
"""
    )
    drawn = [template.fork().run() for _ in range(3)]
    assert len({json.dumps(value) for values in drawn for value in values}) == 12


def test_the_position_in_a_file_is_a_forks_own(start_template, tmp_path):
    words = tmp_path / "words"
    words.write_text("one\ntwo\nthree\n")
    template = start_template(
        f"""
import os
file = open({str(words)!r}, "rb", buffering=0)
file.readline()
def call_api(): return [os.read(file.fileno(), 4).decode(), file.fileno(), os.get_inheritable(file.fileno())]
"""
    )
    assert [template.fork().run() for _ in range(2)] == [["two\n", 3, False]] * 2


def test_the_main_thread_has_the_number_of_the_fork(start_template):
    source = "import threading\ndef call_api(): return threading.main_thread().native_id\n"
    host = start_template(source).fork()
    assert host.run() == host.pid


def test_forks_of_forks_are_none(start_template):
    template = start_template(
        """
import multiprocessing, os, subprocess
def double(number): return 2 * number
def call_api():
    pid = os.fork()
    if pid == 0:
        return "from the child"
    _, status = os.waitpid(pid, 0)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        numbers = pool.map(double, range(4))
    return [status, numbers, subprocess.run(["echo", "hi"], capture_output=True, text=True).stdout]
"""
    )
    host = template.fork()
    assert host.run() == [0, [0, 2, 4, 6], "hi\n"]
    host.end()
    assert template.wait_for(host)["code"] == 0


def test_uvloop_is_a_forks_own(start_template):
    pytest.importorskip("uvloop")
    source = "import asyncio\nasync def call_api(): return type(asyncio.get_running_loop()).__module__\n"
    hosts = [start_template(source, event_loop="uvloop", concurrency=n).fork() for n in (1, 2)]
    assert [host.run() for host in hosts] == ["uvloop", "uvloop"]
