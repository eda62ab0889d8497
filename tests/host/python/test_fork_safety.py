"""What keeps a template from forking: the reason is told, and the process is a host from then on."""

import pytest
from direct_hosts import HOST

pytestmark = [
    pytest.mark.no_sanitizer,
    pytest.mark.skipif(not HOST.exists(), reason="there is no host for this Python"),
    pytest.mark.needs_linux("templates"),
]

CALL = "\nimport os\ndef call_api(): return os.getpid()\n"
START = "\ndef on_host_start(): pass\n"

# A fork cannot carry it.
CARRIED = {
    "thread": (
        "import threading\ndef work(): threading.Event().wait()\n"
        "threading.Thread(target=work, name='Ticker', daemon=True).start()",
        'the thread "Ticker" (work in provider0.py:2) is running',
    ),
    "native thread": (
        "import _thread, time\n_thread.start_new_thread(time.sleep, (600,))",
        "a thread of a library is running (without a name)",
    ),
    "child process": (
        "import subprocess\nchild = subprocess.Popen(['sleep', '600'])",
        "a child process is running (sleep, process ",
    ),
    "timer": ("import signal\nsignal.setitimer(signal.ITIMER_REAL, 600)", "a timer is running"),
    "limit": (
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))",
        "only 100 files may be open (RLIMIT_NOFILE)",
    ),
    "SIGCHLD": ("import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)", "the script ignores SIGCHLD"),
    "crash": (
        "import os, signal\nos.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGKILL))",
        "a trial fork died by SIGKILL",
    ),
    "exit": ("import os\nos.register_at_fork(after_in_child=lambda: os._exit(5))", "a trial fork exited with code 5"),
    "hang": ("import os, time\nos.register_at_fork(after_in_child=lambda: time.sleep(600))", "a trial fork hung"),
}

# Forks would share it.
SHARED = {
    "listener": (
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))",
        "the script has a socket that listens on 127.0.0.1:",
    ),
    "connection": (
        "import socket\nserver = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.create_connection(server.getsockname())",
        "the script has an open connection to 127.0.0.1:",
    ),
    "IPv6": (
        "import socket\nserver = socket.create_server(('::1', 0), family=socket.AF_INET6)",
        "the script has a socket that listens on [0000:0000:0000:0000:0000:0000:0000:0001]:",
    ),
    "pipe": ("import os\npipe = os.pipe()", "the script has an open pipe (descriptor 3)"),
    "event loop": (
        "import asyncio\nloop = asyncio.new_event_loop()",
        "the script has an open eventpoll, as an event loop that was made while importing",
    ),
    "file": ("log = open(__file__ + '.log', 'a')", "provider0.py.log open for writing (descriptor 3)"),
    "memory": ("import mmap\nmemory = mmap.mmap(-1, 4096)", "memory is shared with every fork ("),
    "generator": ("import random\nrng = random.Random(3)", "rng in provider0.py would give the same random numbers"),
    "seed": ("import random\nrandom.seed(3)", "provider0.py:2 names seed"),
    "atexit": ("import atexit\natexit.register(print)", "provider0.py:1 uses atexit"),
    "directory": (
        "import tempfile\ndirectory = tempfile.TemporaryDirectory()",
        "each host would remove the temporary directory /",
    ),
    "finalizer": (
        "import shutil, weakref\ndef work(): pass\nend = weakref.finalize(work, shutil.rmtree, '/no/such/place', True)",
        "each host would remove /no/such/place (weakref.finalize)",
    ),
}


def first_message(process):
    message = process.call.read()
    assert message is not None, process.err.rest()
    return message


def is_a_host(process):
    assert process.call.read()["type"] == "ready"
    process.control.send({"type": "ping", "id": 8})
    assert process.control.read() == {"type": "pong", "id": 8}
    assert process.run() == process.pid
    process.end()
    return process.process.wait(30) == 0


@pytest.mark.parametrize("name", CARRIED)
def test_what_a_fork_cannot_carry_makes_the_template_a_host(start_process, name):
    source, reason = CARRIED[name]
    process = start_process(source + START + CALL, True)
    message = first_message(process)
    assert message["type"] == "unforkable"
    assert reason in message["reason"]
    assert "; " not in message["reason"]
    assert is_a_host(process) or name == "child process"


@pytest.mark.parametrize("name", SHARED)
def test_what_forks_would_share_makes_it_a_host_too(start_process, name):
    source, reason = SHARED[name]
    process = start_process(source + CALL, True)
    message = first_message(process)
    assert message["type"] == "unforkable"
    assert reason in message["reason"]
    assert message["reason"].endswith("in on_host_start()")
    assert is_a_host(process)


def test_a_script_with_a_start_function_deals_with_what_is_shared(start_template):
    source = "\n".join(text for text, _ in SHARED.values())
    template = start_template(source + START + CALL)
    host = template.fork()
    assert host.run() == host.pid


def test_all_reasons_are_told(start_process):
    names = ["listener", "memory", "generator", "directory"]
    message = first_message(start_process("\n".join(SHARED[name][0] for name in names), True))
    assert all(SHARED[name][1] in message["reason"] for name in names)


def test_seeds_of_local_modules_count(start_process, tmp_path):
    (tmp_path / "helper.py").write_text("import random\ndef prepare():\n    random.seed(1)\n")
    assert "helper.py:3 names seed" in first_message(start_process("import helper" + CALL, True))["reason"]


@pytest.mark.parametrize("module", ["numpy", "asyncio", "logging", "ssl", "multiprocessing", "concurrent.futures"])
def test_imports_alone_are_safe(start_template, module):
    pytest.importorskip(module)
    template = start_template(f"import {module}" + CALL)
    host = template.fork()
    assert host.run() == host.pid


def test_the_thread_of_jemalloc_is_not_missed_in_a_fork(start_template):
    source = """
import _thread, threading, time
named = threading.Event()
def run():
    with open(f"/proc/self/task/{threading.get_native_id()}/comm", "w") as file:
        file.write("jemalloc_bg_thd")
    named.set()
    time.sleep(600)
_thread.start_new_thread(run, ())
named.wait()
"""
    host = start_template(source + CALL).fork()
    assert host.run() == host.pid


def test_numbers_of_numpy_are_right_in_a_fork(start_template):
    pytest.importorskip("numpy")
    source = "import numpy\na = numpy.ones((300, 300))\na @ a\ndef call_api(): return float((a @ a).sum())\n"
    assert start_template(source).fork().run() == 300.0**3


def test_a_generator_of_numpy_is_shared(start_process):
    pytest.importorskip("numpy")
    process = start_process("import numpy\nrng = numpy.random.default_rng(7)" + CALL, True)
    assert "rng in provider0.py would give the same random numbers" in first_message(process)["reason"]
