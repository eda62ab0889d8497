"""Hosts that a template has forked: each is a host like any other."""

import json
import os
import signal
import sys
import time

import pytest
from direct_hosts import HOST, IN_USE

pytestmark = [
    pytest.mark.no_sanitizer,
    pytest.mark.skipif(not HOST.exists(), reason="there is no host for this Python"),
]

ECHO = """
import os, signal, sys
imports = [os.getpid()]
def on_host_start():
    imports.append(os.getpid())
def call_api(*args):
    print("called in", os.getpid())
    return {"pid": os.getpid(), "group": os.getpgrp(), "imports": imports, "args": args, "main": __name__}
def crash(): os.kill(os.getpid(), signal.SIGSEGV)
def exit(code): os._exit(code)
def grow(): return len(bytearray(64 << 20))
"""


@pytest.fixture
def echo(start_template):
    return start_template(ECHO)


def test_forks_answer_calls_of_their_own(echo):
    hosts = [echo.fork(), echo.fork()]
    calls = [host.begin("Hi", {}, {}) for host in hosts]
    results = [host.call.read()["result"] for host in hosts]
    assert calls == [1, 1]
    for host, result in zip(hosts, results):
        assert result["pid"] == result["group"] == host.pid
        assert result["imports"] == [echo.pid, host.pid]
        assert host.out.until("\n") == f"called in {host.pid}\n"
        assert host.record("in_use") == IN_USE and host.record("culprit") == 0
    assert os.getpgid(echo.pid) == echo.pid


def test_ready_tells_of_the_import_in_the_template(start_process):
    template = start_process("import time\ntime.sleep(0.02)\ndef call_embedding_api(text): return 1\n", True)
    message = template.call.read()
    assert message["type"] == "template"
    ready = template.fork().ready
    assert ready == {**message, "type": "ready"}
    assert ready["import_ms"] >= 20 and ready["api"] == "embedding"


def test_a_crash_is_told_and_costs_nobody_else_anything(echo):
    crashed, other = echo.fork(), echo.fork()
    call = crashed.begin(function="crash")
    assert echo.wait_for(crashed) == {
        "type": "exited",
        "id": crashed.id,
        "code": 0,
        "signal": signal.SIGSEGV,
        "peak_rss": pytest.approx(64 << 20, rel=0.95),
        "cpu_limit": 0,
    }
    assert crashed.call.read() is None
    assert crashed.record("culprit") == call
    assert "in crash" in crashed.diagnostics.rest()
    assert other.record("culprit") == 0
    assert other.run()["pid"] == other.pid
    assert echo.fork().run()["imports"][0] == echo.pid


def test_how_a_fork_has_ended_is_told(echo):
    host, large = echo.fork(), echo.fork()
    call = host.begin(7, function="exit")
    assert echo.wait_for(host)["code"] == 7
    assert host.record("culprit") == call
    assert large.run(function="grow") == 64 << 20
    large.end()
    ended = echo.wait_for(large)
    assert (ended["code"], ended["signal"]) == (0, 0)
    assert ended["peak_rss"] > 64 << 20


def test_a_fork_is_a_zombie_until_it_is_reaped(echo):
    host = echo.fork()
    host.end()
    message = echo.call.read()
    assert (message["type"], message["id"]) == ("exited", host.id)
    os.kill(host.pid, 0)
    echo.call.send({"type": "reap", "id": host.id})
    echo.fork()  # so that the request before it is done
    with pytest.raises(ProcessLookupError):
        os.kill(host.pid, 0)
    host.pid = 0


def test_several_forks_may_be_requested_at_once(echo):
    hosts = [echo.request_fork() for _ in range(3)]
    for host in hosts:
        answer = echo.call.read()
        assert (answer["type"], answer["id"]) == ("forked", host.id)
        host.pid = answer["pid"]
    for host in reversed(hosts):
        host.start(echo.script)
        assert host.call.read()["type"] == "ready"
        assert host.run()["pid"] == host.pid
    for host in hosts:  # none holds the channels of another
        os.kill(host.pid, signal.SIGKILL)
        assert echo.wait_for(host)["signal"] == signal.SIGKILL
        assert host.call.read() is None
        assert host.out.rest() == f"called in {host.pid}\n"


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


def test_a_fork_ends_as_python_does_and_the_template_without_a_word(start_template):
    template = start_template(
        """
import os, sys
class Last:
    def __del__(self, pid=os.getpid, write=os.write): write(1, b"finalised\\n")
last = Last()
last.cycle = last
if True:
    end = __import__("at" + "exit")
    end.register(lambda: print("atexit in", os.getpid()))
def call_api(): return 1
"""
    )
    host = template.fork()
    host.end()
    assert template.wait_for(host)["code"] == 0
    assert host.out.rest() == f"atexit in {host.pid}\nfinalised\n"
    template.end()
    assert template.process.wait(30) == 0
    assert template.out.rest() == ""


def test_the_template_ends_with_its_channel_and_its_forks_go_on(echo):
    host = echo.fork()
    echo.end()
    assert echo.process.wait(30) == 0
    assert host.run()["pid"] == host.pid
    host.control.socket.close()
    assert host.call.read() is None


def test_the_end_of_the_pool_ends_all(tmp_path):
    """The pool is a process that holds all channels; copies of them live on in this one."""
    import select
    import subprocess

    script = tmp_path / "provider.py"
    script.write_text(ECHO)
    code = f"""
import os, sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from direct_hosts import Process
template = Process({str(script)!r}, True)
assert template.call.read()["type"] == "template"
host = template.fork()
if os.fork() == 0:  # it keeps every channel open
    sys.stdin.read()
    os._exit(0)
print(template.pid, host.pid, flush=True)
os._exit(0)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pool:
        pids = [int(word) for word in pool.stdout.readline().split()]
        for pid in pids:
            try:
                watched = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            assert select.select([watched], [], [], 30)[0], pid
            os.close(watched)
    assert len(pids) == 2


# On a signal, no process can be started any more; on the other it can. Such limits do not hold for root.
LIMITED = """
import ctypes, os, resource, signal
hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
def limit(soft): return lambda *_: resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard))
signal.signal(signal.SIGUSR1, limit(0))
signal.signal(signal.SIGUSR2, limit(hard))
if os.geteuid() == 0:
    os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1)  # PR_SET_DUMPABLE, so that it may read its /proc/self
def call_api(): return os.getpid()
"""


def test_a_fork_that_fails_is_told_and_the_next_may_succeed(start_template):
    template = start_template(LIMITED)
    os.kill(template.pid, signal.SIGUSR1)
    host = template.request_fork()
    answer = template.call.read()
    assert (answer["type"], answer["id"]) == ("unforked", host.id)
    assert answer["reason"].startswith("fork() failed: ")
    os.kill(template.pid, signal.SIGUSR2)
    host = template.fork()
    assert host.run() == host.pid


def test_a_template_that_gets_nonsense_ends_as_a_host_does(echo):
    echo.call.send({"type": "fork", "id": 1})  # without descriptors
    assert echo.process.wait(30) == 70
    assert "protocol violation: a fork without its descriptors" in echo.err.rest()


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


CONCURRENT = """
import asyncio, os, threading
started = []
async def on_host_start():
    started.append(asyncio.get_running_loop())
async def call_api(): return started[0] is asyncio.get_running_loop()
def in_thread(): return threading.current_thread() is not threading.main_thread() and os.getpid()
"""


@pytest.mark.parametrize("concurrency", [1, 3])
def test_an_async_start_has_the_loop_of_the_calls(start_template, concurrency):
    host = start_template(CONCURRENT, concurrency=concurrency).fork()
    assert host.run() is True
    assert host.run(function="in_thread") == (host.pid if concurrency > 1 else False)


def test_what_a_start_begins_on_the_loop_goes_on_between_calls(start_process):
    host = start_process(
        """
import asyncio
async def tick():
    await asyncio.sleep(0)
    print("ticked")
async def on_host_start():
    global task
    task = asyncio.create_task(tick())
"""
    )
    assert host.call.read()["type"] == "ready"
    host.out.until("ticked")


def test_uvloop_is_a_forks_own(start_template):
    pytest.importorskip("uvloop")
    source = "import asyncio\nasync def call_api(): return type(asyncio.get_running_loop()).__module__\n"
    hosts = [start_template(source, event_loop="uvloop", concurrency=n).fork() for n in (1, 2)]
    assert [host.run() for host in hosts] == ["uvloop", "uvloop"]


@pytest.mark.parametrize("role", ["fresh", "forked", "fallen back"])
@pytest.mark.parametrize(
    "start, message",
    [
        ("1 / 0", "on_host_start() of provider0.py raised ZeroDivisionError: division by zero"),
        ("__import__('sys').exit(3)", "on_host_start() of provider0.py called sys.exit(3)"),
    ],
)
def test_a_start_that_fails_is_a_failed_import(start_process, role, start, message):
    source = f"def on_host_start():\n    {start}\ndef call_api(): return 1\n"
    if role == "fallen back":
        source = "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n" + source
    process = host = start_process(source, role != "fresh")
    if role == "forked":
        assert process.call.read()["type"] == "template"
        host = process.request_fork()
        host.pid = process.call.read()["pid"]
        host.start(process.script)
    elif role == "fallen back":
        assert process.call.read()["type"] == "unforkable"
    failed = host.call.read()
    assert failed["type"] == "failed"
    assert (failed["error"]["kind"], failed["error"]["message"]) == ("import_failed", message)
    assert ", in on_host_start\n" in failed["error"]["traceback"]
    assert (process.wait_for(host)["code"] if role == "forked" else host.process.wait(30)) == 3


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_start_that_yields_is_refused(start_process, kind):
    failed = start_process(f"{kind} on_host_start():\n    yield\n").call.read()
    assert failed["type"] == "failed"
    assert "on_host_start() must not yield" in failed["error"]["message"]


def test_a_start_runs_before_ready_in_a_host_without_a_template(start_process):
    host = start_process(ECHO)
    assert host.call.read()["type"] == "ready"
    assert host.run()["imports"] == [host.pid, host.pid]


def test_a_failed_import_is_that_of_a_host(start_process):
    template = start_process("import no_such_module\n", True)
    assert template.call.read()["type"] == "failed"
    assert template.process.wait(30) == 3
