"""What a script keeps at its end: all that it would keep under `python`, however its host ends in peace."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROVIDERS, alive, wait_until, with_a_limit

# A row for each call, in a file that is never closed.
TABLE = """
import csv, os
table = csv.writer(open(f"rows-{os.getpid()}.csv", "w"))
def call_api(prompt, options, context):
    table.writerow([prompt])
    return {"output": os.getpid()}
"""

ANSWER = """
def call_api(prompt, options, context):
    return {"output": prompt}
"""


def rows(directory):
    return sorted(line for path in directory.glob("rows-*.csv") for line in path.read_text().split())


def test_an_open_file_is_flushed_after_a_call(host):
    assert host("call", host.write("p.py", TABLE), "a").code == 0
    assert rows(host.directory) == ["a"]


@pytest.mark.parametrize("flags", [[], ["--concurrency", "4"], ["--workers", "2"], ["--max-calls-per-host", "2"]])
def test_open_files_of_all_hosts_are_flushed_after_a_batch(host, flags):
    result = host("batch", host.write("p.py", TABLE), host.prompts(*"abcdefgh"), *flags)
    assert result.code == 0, result
    assert rows(host.directory) == list("abcdefgh")


def test_an_open_file_is_flushed_when_a_batch_is_interrupted(host, gate):
    script = host.write("p.py", TABLE, "import sys, pathlib", "sys.path.insert(0, os.environ['PROVIDERS'])", WAIT)
    providers = str(PROVIDERS)
    run = host.start("batch", script, host.prompts("a", "wait", "b"), PROVIDERS=providers, **gate.environment)
    gate.wait_for("wait")
    run.signal()
    run.wait_for_error_text("interrupted: waiting")
    gate.open("wait")
    assert run.end().code == 130
    assert rows(host.directory) == ["a", "wait"]


WAIT = """
import gate
keep = call_api
def call_api(prompt, options, context):
    keep(prompt, options, context)
    return gate.call_api(prompt, options, context)
"""


def test_whatever_python_does_at_its_end_is_done(host):
    script = host.write(
        "p.py",
        """
import atexit, logging, logging.handlers, os, pathlib, tempfile, threading, time, weakref
temporary = tempfile.NamedTemporaryFile()
done = pathlib.Path("done.txt").open("a", buffering=1)
handler = logging.handlers.MemoryHandler(1000, target=logging.FileHandler("log.txt"))
logging.getLogger("kept").addHandler(handler)
class Kept:
    def __del__(self, os=os):
        os.write(1, b"deleted: " + str(type(LIMIT)).encode() + b"\\n")
LIMIT = 5
kept = Kept()
thing = set()
weakref.finalize(thing, done.write, "finalize\\n")
atexit.register(done.write, "atexit\\n")
threading.Thread(target=lambda: (time.sleep(0.2), done.write("thread\\n"))).start()
def call_api(prompt, options, context):
    logging.getLogger("kept").error(prompt)
    return {"output": temporary.name}
""",
    )
    result = host("call", script, "a message", "--log-level", "info")
    assert result.code == 0, result
    assert sorted((host.directory / "done.txt").read_text().split()) == ["atexit", "finalize", "thread"]
    assert (host.directory / "log.txt").read_text() == "a message\n"
    assert not Path(result.json["output"]).exists(), "the temporary file is removed"
    assert "deleted: <class 'int'>" in result.stderr, result  # the module was whole


@pytest.mark.needs_linux("which processes are in a group")
def test_shared_memory_is_removed(host):
    script = host.write(
        "p.py",
        "from multiprocessing.shared_memory import SharedMemory",
        "segment = SharedMemory(create=True, size=100)",
        "def call_api(prompt, options, context):",
        "    return {'output': segment.name}",
    )
    result = host("call", script, "a")
    assert result.code == 0, result
    assert not Path("/dev/shm", result.json["output"]).exists()


@pytest.mark.needs_linux("which processes are in a group")
def test_a_child_that_reads_until_the_end_may_finish(host):
    script = host.write(
        "p.py",
        "import subprocess",
        "writer = subprocess.Popen('cat > out.txt; sleep 0.3; echo end >> out.txt', shell=True, stdin=subprocess.PIPE)",
        "def call_api(prompt, options, context):",
        "    writer.stdin.write(prompt.encode())",
        "    return {'output': writer.pid}",
    )
    assert host("call", script, "text ").code == 0
    assert (host.directory / "out.txt").read_text() == "text end\n"


@pytest.mark.parametrize("command, flags", [("sleep 3600", []), ("trap '' TERM; sleep 3600", ["--stop-grace", "0.5"])])
def test_a_child_that_goes_on_is_ended(host, command, flags):
    script = host.write(
        "p.py",
        "import subprocess",
        f"server = subprocess.Popen(['sh', '-c', {command!r}])",
        "def call_api(prompt, options, context):",
        "    return {'output': server.pid}",
    )
    result = host("call", script, "a", *flags)
    assert result.code == 0, result
    wait_until(lambda: not alive(result.json["output"]), "the child is ended")


def test_an_atexit_function_may_take_its_time(host):
    script = host.write(
        "p.py",
        "import atexit, pathlib, time",
        "atexit.register(lambda: (time.sleep(3.5), pathlib.Path('flushed').touch()))",
        ANSWER,
    )
    result = host("call", script, "a")
    assert (result.code, result.stderr) == (0, ""), result
    assert (host.directory / "flushed").exists()


@pytest.mark.parametrize(
    "ending, place",
    [
        ("import atexit, time\ndef hang():\n    time.sleep(3600)\natexit.register(hang)", "it was at p.py:4 in hang"),
        (
            "import threading, time\ndef hang():\n    time.sleep(3600)\nthreading.Thread(target=hang).start()",
            "a thread of it at p.py:4 in hang",
        ),
        ("class Slow:\n    def __del__(self):\n        while True: pass\nslow = Slow()", "it was at p.py:4 in __del__"),
    ],
)
def test_a_host_that_does_not_end_is_killed_and_the_log_says_where_it_was(host, ending, place):
    script = host.write("p.py", "# comment", ending, ANSWER)
    grace, result = with_a_limit(
        lambda grace: host("call", script, "a", "--stop-grace", grace),
        lambda result: place in result.stderr,
        [1, 4, 12],
    )
    assert (result.code, result.json) == (0, {"output": "a"}), result
    assert f"had not ended {grace} s after it was told to (stop_grace)" in result.stderr, result
    assert place in result.stderr, result
    assert 'p.py", line 4' in result.stderr, "the stack"


@pytest.mark.parametrize(
    "thread",
    [
        "def run():\n    while True: time.sleep(0.001)",
        "def run():\n    while True: pass",
        "def run():\n    os.read(os.pipe()[0], 1)",
        "def run():\n    ctypes.CDLL(None).sleep(3600)",
    ],
)
def test_daemon_threads_do_not_keep_a_host(host, thread):
    script = host.write(
        "p.py",
        "import ctypes, os, threading, time",
        thread,
        "threading.Thread(target=run, daemon=True).start()",
        ANSWER,
    )
    result = host("call", script, "a", "--concurrency", "2")
    assert (result.code, result.stdout, result.stderr) == (0, '{"output":"a"}\n', ""), result


@pytest.mark.no_sanitizer
def test_a_crash_at_the_end_costs_nothing_but_a_warning(host):
    script = host.write(
        "p.py", "import ctypes", "class Bad:", "    def __del__(self, read=ctypes.string_at):", "        read(0)",
        "bad = Bad()", ANSWER,
    )  # fmt: skip
    result = host("call", script, "a")
    assert (result.code, result.json) == (0, {"output": "a"}), result
    assert "was killed by SIGSEGV" in result.stderr and "while it ended" in result.stderr, result


def test_numpy_and_an_event_loop_end_without_a_word(host):
    pytest.importorskip("numpy")
    script = host.write(
        "p.py",
        "import asyncio, numpy, threading",
        "array = numpy.ones(1000000)",
        "threading.Thread(target=lambda: [array @ array for _ in iter(int, 1)], daemon=True).start()",
        "async def forever():",
        "    await asyncio.sleep(3600)",
        "async def call_api(prompt, options, context):",
        "    asyncio.create_task(forever())",
        "    return {'output': prompt}",
    )
    result = host("call", script, "a", "--python", sys.executable)
    assert (result.code, result.stdout, result.stderr) == (0, '{"output":"a"}\n', ""), result


@pytest.mark.parametrize("limit", [1, 10])
def test_no_host_serves_more_calls_than_it_may(host, limit):
    script = host.write("p.py", "import os", "def call_api(*_):", "    return {'output': os.getpid()}")
    lines = host.prompts(*(str(i) for i in range(5 * limit)))
    result = host("batch", script, lines, "--max-calls-per-host", str(limit))
    assert result.code == 0, result
    pids = [line["pid"] for line in result.lines]
    assert max(map(pids.count, pids)) <= limit


def test_a_second_signal_does_not_wait_for_the_end(host):
    script = host.write(
        "p.py", "import atexit, time", "atexit.register(lambda: (print('ending'), time.sleep(3600)))", ANSWER
    )
    run = host.start("batch", script, "-", "--log-level", "info", stdin=subprocess.PIPE)
    run.send('{"prompt":"a"}\n')
    wait_until(lambda: run.stdout, "the result")
    run.signal(signal.SIGINT)
    run.wait_for_error_text("ending")
    run.signal(signal.SIGINT)
    assert run.process.wait() == 130
