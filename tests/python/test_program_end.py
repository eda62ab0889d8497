"""Programs that end with a pool in use."""

import os
import subprocess
import sys

from package_under_test import PACKAGE, PROVIDERS


def run(program):
    command = [sys.executable, "-X", "dev", "-c", program, PROVIDERS / "various.py"]
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": PACKAGE}, capture_output=True, text=True)
    return ended.returncode, ended.stdout, ended.stderr


START = """
import sys, threading
from provider_host import Pool
pool = Pool(sys.argv[1], workers=2, log=lambda *line: None).start()
"""


def test_threads_that_call_do_not_disturb_the_end():
    program = """
in_use = threading.Barrier(5)
def work():
    pool.call("echo")
    in_use.wait()
    while True:
        try:
            pool.call("echo", "x" * 100)
        except Exception:
            pass
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
in_use.wait()
print("end")
"""
    assert run(START + program) == (0, "end\n", "")


def test_threads_that_start_pools_do_not_disturb_the_end():
    program = """
in_use = threading.Barrier(4)
def work():
    in_use.wait()
    while True:
        try:
            Pool(sys.argv[1]).call("echo")
        except Exception:
            pass
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
in_use.wait()
pool.call("echo")
print("end")
"""
    assert run(START + program) == (0, "end\n", "")


def test_a_program_ends_while_callbacks_run_and_log_lines_come():
    program = """
def again(_=None):
    try:
        pool.submit("say", "hello").add_done_callback(again)
    except Exception:
        pass
begun = threading.Event()
pool.submit("echo").add_done_callback(lambda _: begun.set())
for _ in range(8):
    again()
begun.wait()
print("end")
"""
    assert run(START + program) == (0, "end\n", "")


def test_a_program_ends_with_a_pool_that_it_has_just_dropped():
    assert run(START + "print(pool.submit('echo', 1).result())\ndel pool\n") == (0, "[1]\n", "")
    assert run(START + "future = pool.submit('echo', 1)\ndel pool\nprint(future.result())\n") == (0, "[1]\n", "")
