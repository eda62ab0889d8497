"""on_host_start() of a script: in hosts that were started, forked, or given up as templates."""

import pytest
from direct_hosts import ECHO, HOST

pytestmark = [
    pytest.mark.no_sanitizer,
    pytest.mark.skipif(not HOST.exists(), reason="there is no host for this Python"),
]

CONCURRENT = """
import asyncio, os, threading
started = []
async def on_host_start():
    started.append(asyncio.get_running_loop())
async def call_api(): return started[0] is asyncio.get_running_loop()
def in_thread(): return threading.current_thread() is not threading.main_thread() and os.getpid()
"""


@pytest.mark.needs_linux("templates")
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


@pytest.mark.parametrize(
    "role", ["fresh", pytest.param("forked", marks=pytest.mark.needs_linux("templates")), "fallen back"]
)
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
