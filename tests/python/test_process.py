"""Signals, forks, logs: a pool within the program that has it."""

import asyncio
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from package_under_test import PACKAGE, PROVIDERS, alive, growing_limits, wait_until_gone
from provider_host import Pool
from provider_host._completion_queue import completion_queues


def test_ctrl_c_ends_a_call_that_blocks_the_main_thread(pool):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            pool.call("interrupt_parent_and_wait")
    finally:
        signal.signal(signal.SIGINT, before)
    assert pool.call("echo", 1) == [1]
    assert pool.stats()["errors_by_kind"] == {"cancelled": 1}


def test_ctrl_c_ends_a_start_whose_import_takes_long(tmp_path):
    pipe = tmp_path / "pids"
    os.mkfifo(pipe)
    script = tmp_path / "slow.py"
    script.write_text(
        "import os, signal, time\n"
        f"open({str(pipe)!r}, 'w').write(str(os.getpid()))\n"
        "os.kill(os.getppid(), signal.SIGINT)\n"
        "time.sleep(3600)\n"
    )
    pids = []
    reader = threading.Thread(target=lambda: pids.append(int(pipe.read_text())))
    reader.start()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            Pool(script).start()
    finally:
        signal.signal(signal.SIGINT, before)
    reader.join()
    wait_until_gone(pids[0])


def test_ctrl_c_ends_an_inspection_of_a_host_that_does_not_respond(pool):
    os.kill(pool.outcome("echo").pid, signal.SIGSTOP)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            pool.inspect()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert pool.call("echo", 1) == [1]


def test_a_signal_handler_that_raises_nothing_does_not_disturb_a_call(pool):
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append(True))
    try:
        for limit in growing_limits(0.5):
            with pytest.raises(TimeoutError):
                pool.call("interrupt_parent_and_wait", timeout=limit)
            if seen:
                break
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_forked_child_gets_an_error_and_the_parent_goes_on(pool):
    pid = pool.outcome("echo").pid
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = b"nothing"
        try:
            pool.call("echo")
        except RuntimeError as error:
            said = str(error).encode()
        finally:
            os.write(writer, said)
            os._exit(0)
    os.close(writer)
    with open(reader) as pipe:
        assert "make one in each process" in pipe.read()
    os.waitpid(child, 0)
    assert alive(pid) and pool.outcome("echo").pid == pid


def test_a_child_that_is_forked_while_a_pool_starts_gets_an_error_and_does_not_wait(tmp_path, gate):
    script = tmp_path / "starts_slowly.py"
    script.write_text(
        f"print('starting', flush=True)\nopen({gate.path!r}).close()\ndef echo(*args):\n    return args\n"
    )
    begun = threading.Event()
    pool = Pool(script, log=lambda *line: begun.set())
    start = threading.Thread(target=pool.start)
    start.start()
    begun.wait()
    child = os.fork()
    if child == 0:
        told = 0
        for use in (lambda: pool.call("echo"), lambda: pool.submit("echo"), pool.start, pool.shutdown):
            try:
                use()
            except RuntimeError as error:
                told += "make one in each process" in str(error)
        os._exit(told)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 4
    gate.open()
    start.join()
    assert pool.call("echo", 1) == [1]
    pool.shutdown()


def test_a_forked_child_that_leaves_the_block_of_a_pool_exits_as_it_says(pool):
    pid = pool.outcome("echo").pid
    child = 0
    try:
        with pool:
            child = os.fork()
            if child == 0:
                sys.exit(7)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
            assert alive(pid) and pool.outcome("echo").pid == pid
    except SystemExit as left:
        os._exit(left.code)
    except BaseException:
        if child:
            raise
        os._exit(1)


def test_hosts_end_with_the_program_that_has_them_even_if_a_fork_of_it_lives_on(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import os, sys\n"
        "from provider_host import Pool\n"
        "pool = Pool(sys.argv[1])\n"
        "host = pool.outcome('echo').pid\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    sys.stdin.read()\n"
        "    os._exit(0)\n"
        "print(host, child, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, program, PROVIDERS / "various.py"]
    environment = {**os.environ, "PYTHONPATH": PACKAGE}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as killed:
        host, child = (int(pid) for pid in killed.stdout.readline().split())
        wait_until_gone(host)
        assert alive(child)


def _use_a_pool_of_its_own(connection):
    with Pool(PROVIDERS / "various.py") as pool:
        connection.send(pool.call("echo", 1))


def test_a_forked_child_can_have_a_pool_of_its_own_and_end_cleanly(pool):
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_use_a_pool_of_its_own, args=(sender,))
    child.start()
    assert receiver.recv() == [1]
    child.join()
    assert child.exitcode == 0
    assert pool.call("echo", 2) == [2]


def test_what_hosts_print_is_logged(caplog):
    with caplog.at_level(logging.INFO, logger="provider_host"):
        with Pool(PROVIDERS / "various.py") as pool:
            pool.call("say", "hello")
    assert {"[host 1] hello", "[host 1] HELLO"} <= set(caplog.messages)


def test_a_log_function_gets_every_line():
    lines = []
    with Pool(PROVIDERS / "various.py", log=lambda *line: lines.append(line)) as pool:
        pool.call("say", "hello")
    assert {("stdout", "hello"), ("stderr", "HELLO")} <= {(source, text) for _, _, source, text in lines}
    assert all(host == 1 for _, host, source, _ in lines if source != "pool")


@pytest.fixture
def slow_log():
    """A log function that takes its time, and the lines from which it has returned."""
    lines = []

    def log(level, host, source, text):
        time.sleep(0.3)
        lines.append(text)

    return log, lines


def test_flushing_the_log_waits_for_what_was_printed(tmp_path, slow_log):
    log, lines = slow_log
    script = tmp_path / "prints.py"
    script.write_text("print('loading')\ndef say(text): print(text)\n")
    with Pool(script, log=log) as pool:
        pool.flush_log()
        assert lines == ["loading"]
        pool.call("say", "hello")
        asyncio.run(flush_in_a_loop(pool))
    assert lines == ["loading", "hello"]


async def flush_in_a_loop(pool):
    await asyncio.to_thread(pool.flush_log)


def test_flushing_the_log_starts_nothing_and_does_not_wait_for_itself():
    flushed = []

    def log(level, host, source, text):
        pool.flush_log()
        flushed.append(text)

    pool = Pool(PROVIDERS / "various.py", log=log)
    pool.flush_log()
    assert "not started" in repr(pool)
    with pool:
        pool.call("say", "hello")
    assert "hello" in flushed
    pool.flush_log()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_log_function_that_raises_harms_nothing():
    def fail(*_):
        raise RuntimeError("no log")

    with Pool(PROVIDERS / "various.py", log=fail) as pool:
        pool.call("say", "hello")
        assert pool.call("echo", 1) == [1]


def test_a_child_forked_while_a_thread_submits_for_a_loop_can_do_so_too():
    loop = asyncio.new_event_loop()
    with completion_queues._lock:  # as a thread has it in that moment
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            completion_queues[loop]
            os._exit(0)
    loop.close()
    assert os.waitpid(child, 0)[1] == 0
