"""Templates: what they say on their channels, and what becomes of the hosts that they fork."""

import os
import signal
import sys

import pytest
from direct_hosts import ECHO, HOST, IN_USE

pytestmark = [
    pytest.mark.no_sanitizer,
    pytest.mark.skipif(not HOST.exists(), reason="there is no host for this Python"),
    pytest.mark.needs_linux("templates"),
]


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


def test_a_failed_import_is_that_of_a_host(start_process):
    template = start_process("import no_such_module\n", True)
    assert template.call.read()["type"] == "failed"
    assert template.process.wait(30) == 3
