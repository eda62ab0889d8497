"""What somebody raises for one call does not hit the next one; and errors without a descriptor left."""

import subprocess
import sys

import pytest
from conftest import wait_until

LATE = """
import asyncio
import ctypes
import os
import signal
import sys
import threading
import time

main = threading.get_ident()
planted = os.environ["PLANTED"]


class TooLate(Exception):
    pass


def runs_call(frame):
    return frame is not None and (frame.f_code.co_name == "call_api" or runs_call(frame.f_back))


def wait_for_end_of_call(thread):
    while runs_call(sys._current_frames()[thread]):
        time.sleep(0.001)


def plant(thread):
    wait_for_end_of_call(thread)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TooLate))
    open(planted, "w").close()


def raise_too_late(number, frame):
    open(planted, "w").close()
    raise TooLate


def signal_late():
    wait_for_end_of_call(main)
    os.kill(os.getpid(), signal.SIGUSR1)


if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGUSR1, raise_too_late)


def call_api(prompt, options, context):
    if prompt == "thread":
        threading.Thread(target=plant, args=(threading.get_ident(),)).start()
    elif prompt == "signal":
        threading.Thread(target=signal_late).start()
    elif prompt == "task":
        return asyncio.sleep(0, {"output": prompt})
    return {"output": sum(1 for _ in prompt * 1000)}
"""


@pytest.mark.parametrize("how, concurrency", [("thread", 1), ("signal", 1), ("thread", 2)])
@pytest.mark.parametrize("loop", [False, True])
def test_an_exception_for_one_call_that_comes_too_late_does_not_hit_the_next(host, how, concurrency, loop):
    planted = host.directory / "planted"
    script = host.write("provider.py", LATE)
    arguments = ["batch", script, "-", "--concurrency", str(concurrency), "--python", sys.executable]
    run = host.start(*arguments, stdin=subprocess.PIPE, PLANTED=str(planted))
    for count, prompt in enumerate((["task"] if loop else []) + [how], 1):
        run.send('{"prompt":"%s"}\n' % prompt)
        wait_until(lambda count=count: run.stdout.count("\n") == count, "its result")
    wait_until(planted.exists, "the exception")
    run.send('{"prompt":"a"}\n')
    result = run.end()
    assert result.code == 0, result
    assert result.lines[-1]["result"] == {"output": 1000}, result


TRACES = """
import sys


def trace(frame, event, argument):
    return trace


def call_api(prompt, options, context):
    sys.settrace(trace)
    return {"output": prompt}
"""


def test_a_call_that_leaves_a_trace_function_in_its_thread_is_answered(host):
    script = host.write("provider.py", TRACES)
    run = host.start("batch", script, "-", "--concurrency", "4", "--python", sys.executable, stdin=subprocess.PIPE)
    run.send('{"prompt":"a"}\n' * 20)
    result = run.end()
    assert result.code == 0, result
    assert [line["result"] for line in result.lines] == [{"output": "a"}] * 20


NO_DESCRIPTORS = """
import os


def call_api(prompt, options, context):
    try:
        raise KeyError(prompt)
    except KeyError:
        taken = []
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
"""


@pytest.mark.no_sanitizer  # the check of virtual tables opens a pipe
def test_an_exception_has_its_traceback_though_no_descriptor_is_left(host):
    script = host.write("provider.py", NO_DESCRIPTORS)
    result = host("call", script, "hello", "--python", sys.executable)
    assert result.code == 1
    assert "Too many open files" in result.stderr
    assert f'File "{script}", line 11, in call_api' in result.stderr, result
    assert "KeyError: 'hello'" in result.stderr, "what it came from"
