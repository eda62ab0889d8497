"""promptfoo's worker: how it ends."""

import os
import select
import signal

import pytest

ECHO = "def call_api(prompt, options, context): return {'output': prompt}\n"

HANGS = {
    "nothing": "",
    "a call": "\ndef call_api(p, o, c):\n    open(p, 'w').close()\n    while True:\n"
    "        try: time.sleep(1000)\n        except BaseException: pass\n",
    "atexit": "\nimport atexit\natexit.register(lambda: time.sleep(1000))\n",
    "a thread": "\nimport threading\nthreading.Thread(target=time.sleep, args=[1000]).start()\n",
    "a child": "\nimport subprocess\nsubprocess.Popen(['sleep', '1000'])\n",
}


@pytest.fixture(params=HANGS)
def hanging(request, worker, tmp_path):
    """A worker in whose host something hangs, or nothing."""
    started = worker(f"import time\n{ECHO}{HANGS[request.param]}")
    if request.param == "a call":
        os.mkfifo(tmp_path / "began")
        started.start("call_api", [str(tmp_path / "began"), {}, {}])
        open(tmp_path / "began").close()
    else:
        started.result()
    return started


def test_shutdown_ends_it_whatever_hangs(hanging):
    assert hanging.end() == 0


def test_the_end_of_stdin_ends_it_whatever_hangs(hanging):
    hanging.stdin.close()
    assert hanging.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(worker, tmp_path, number):
    ended = tmp_path / "ended"
    for _ in range(5):
        started = worker(ECHO + f"import atexit\natexit.register(lambda: open({str(ended)!r}, 'w'))")
        started.result()
        started.process.send_signal(number)
        assert started.ended() == 0
        if ended.exists():
            return
        # promptfoo waits for five seconds only, and this host did not get to run in its share of them.
        assert "had not ended 1.5 s after it was told to" in started.stderr
    pytest.fail("the script's atexit functions did not run")


def test_ctrl_c_is_left_to_promptfoo(worker):
    started = worker(ECHO).ready()
    started.process.send_signal(signal.SIGINT)
    assert started.result() == {"output": "Hi"}
    assert started.end() == 0


def test_nobody_who_reads_is_the_end(worker):
    started = worker(ECHO)
    started.result()
    started.stdout.shutdown(2)
    started.stdout.close()
    assert started.process.wait(60) == 0


def test_it_ends_while_the_script_is_being_imported(worker):
    started = worker("import time; time.sleep(1000)").ready()
    assert started.end() == 0


@pytest.mark.no_sanitizer
def test_its_hosts_end_when_it_is_killed(worker, tmp_path):
    started = worker("import os\ndef call_api(p, o, c): return os.getpid()")
    pid = started.result()
    host = os.pidfd_open(pid)
    started.process.kill()
    started.ended()
    assert select.select([host], [], [], 60)[0], "the host is still there"
    os.close(host)
