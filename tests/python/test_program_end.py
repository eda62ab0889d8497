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


def test_a_thread_that_is_in_the_pool_when_the_process_ends_can_use_all_that_it_needs():
    program = """
import atexit, ctypes, signal, sys, threading, time
libc = ctypes.CDLL(None)
libc.__cxa_atexit(libc.usleep, 1_200_000, None)  # after the destructors of all that is loaded later
libc.signal(signal.SIGHUP, libc.sleep)  # the thread that gets it sleeps for SIGHUP, which is 1, seconds
@atexit.register  # before the package does, so it runs after the package's
def delay_the_thread():
    sys.setswitchinterval(10)
    time.sleep(0.01)
    signal.pthread_kill(thread.ident, signal.SIGHUP)  # we have just got the GIL, so it is in the pool
from provider_host import Pool
pool = Pool(sys.argv[1], log=lambda *line: None).start()
text = "\\u20ac" * 1_000_000
def work():
    while True:
        try:
            pool.outcome("echo", text)
        except Exception:
            pass
thread = threading.Thread(target=work, daemon=True)
thread.start()
pool.call("echo")
print("end")
"""
    assert run(program) == (0, "end\n", "")


def test_a_pool_that_a_forked_child_makes_is_shut_down_at_the_end_of_the_child(tmp_path):
    script = tmp_path / "says_goodbye.py"
    script.write_text("import atexit\natexit.register(print, 'goodbye')\ndef ready():\n    pass\n")
    program = f"""
import os, sys, threading
from provider_host import Pool
child = os.fork()
if child == 0:
    pool = Pool({str(script)!r}, log=lambda level, host, source, text: print(text, flush=True)).start()
    in_use = threading.Event()
    def work():
        while True:
            try:
                pool.outcome("ready")
            except Exception:
                pass
            in_use.set()
    threading.Thread(target=work, daemon=True).start()
    in_use.wait()
    sys.exit()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run(program) == (0, "goodbye\n0\n", "")


def test_ctrl_c_at_the_end_of_the_program_leaves_no_pool_open():
    program = """
import os, sys
from provider_host import Pool
class Interrupted(Pool):
    def shutdown(self, drain=None):
        super().shutdown(drain)
        print("ended", flush=True)
        raise KeyboardInterrupt
pools = [Interrupted(sys.argv[1], log=lambda *line: None).start() for _ in range(2)]
"""
    status, out, err = run(program)
    assert (status, out) == (0, "ended\nended\n")
    assert err.splitlines()[-1].startswith("KeyboardInterrupt")
