"""Responds with its prompt, after it has done what `options["do"]` says. One function per fault that a script can
inject; the table is in tests/faults/fault.cc."""

import asyncio
import atexit
import contextlib
import ctypes
import os
import platform
import resource
import signal
import sys
import threading
import time

EIGHT_MB = "x" * (8 << 20)
HELD = []
C_WITH_GIL = ctypes.PyDLL(None)


def on_host_start():
    """What this script holds may be shared by forks."""


def respond(prompt):
    return {"output": prompt}


def for_ever():
    while True:
        time.sleep(3600)


def signal_self(number):
    os.kill(os.getpid(), number)
    time.sleep(60)  # it comes to the process, not to this thread at once


def overflow_the_stack():
    sys.setrecursionlimit(10**9)
    callback_type = ctypes.CFUNCTYPE(None)

    def recurse():
        callback_type(recurse)()

    recurse()


def exit_in_thread():
    threading.Thread(target=os._exit, args=(7,)).start()
    time.sleep(60)


def die_later():
    def die():
        time.sleep(0.002)
        os._exit(9)

    threading.Thread(target=die, daemon=True).start()


def hold_everything_in_a_grandchild():
    # Without the handlers of fork(), so that the child keeps the descriptors of the protocol too.
    fork = (lambda: C_WITH_GIL.syscall(57)) if platform.machine() == "x86_64" else os.fork
    if fork() == 0:
        while True:
            C_WITH_GIL.pause()
    signal_self(signal.SIGKILL)


def loop_for_ever():
    while True:
        pass


def ignore_everything():
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass


def keep_the_gil():
    while True:
        C_WITH_GIL.pause()


def freeze():
    os.kill(os.getpid(), signal.SIGSTOP)
    for_ever()


def raise_error():
    raise ValueError("chaos")


def interrupt():
    raise KeyboardInterrupt


def close_output():
    for number in (1, 2):
        with contextlib.suppress(OSError):  # the host may have done it before
            os.close(number)


def leave_a_child():
    if os.fork() == 0:
        for_ever()


def leave_a_daemon():
    if os.fork() == 0:
        os.setsid()
        time.sleep(2)
        os._exit(0)


def fill(limit_name, take):
    """Lowers the limit and takes until nothing is left; returns what was taken, and the limit before."""
    before = resource.getrlimit(limit_name)
    if limit_name == resource.RLIMIT_NOFILE:
        allowed = len(os.listdir("/proc/self/fd")) + 100
    else:
        with open("/proc/self/statm") as pages:
            allowed = int(pages.read().split()[0]) * resource.getpagesize() + (64 << 20)
    resource.setrlimit(limit_name, (allowed, before[1]))
    taken = []
    try:
        while True:
            taken.append(take())
    except (MemoryError, OSError):
        return taken, before


def exhaust_memory():
    taken, before = fill(resource.RLIMIT_AS, lambda: bytearray(1 << 20))
    taken.clear()
    resource.setrlimit(resource.RLIMIT_AS, before)
    raise MemoryError("chaos")


def keep_memory():
    HELD.extend(fill(resource.RLIMIT_AS, lambda: bytearray(1 << 16))[0])


def exhaust_descriptors():
    taken, before = fill(resource.RLIMIT_NOFILE, lambda: os.open("/dev/null", os.O_RDONLY))
    for number in taken:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def leave_threads():
    for _ in range(3):
        threading.Thread(target=for_ever).start()


def flood(stream):
    stream.write(EIGHT_MB)
    stream.flush()


FAULTS = {
    "kill": lambda: signal_self(signal.SIGKILL),
    "terminate": lambda: signal_self(signal.SIGTERM),
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit": lambda: os._exit(7),
    "thread-exit": exit_in_thread,
    "stack-overflow": overflow_the_stack,
    "grandchild": hold_everything_in_a_grandchild,
    "late-death": die_later,
    "close-all": lambda: ctypes.CDLL(None).syscall(436, 3, 0xFFFFFFFF, 0),  # close_range, past the host's guard
    "sleep": for_ever,
    "loop": loop_for_ever,
    "stubborn": ignore_everything,
    "gil": keep_the_gil,
    "freeze": freeze,
    "sys-exit": sys.exit,
    "raise": raise_error,
    "interrupt": interrupt,
    "close-low": lambda: os.closerange(3, 256),
    "close-output": close_output,
    "orphan": leave_a_child,
    "daemon": leave_a_daemon,
    "fork-returns": os.fork,
    "flood": lambda: flood(sys.stdout),
    "flood-stderr": lambda: flood(sys.stderr),
    "host-descriptors": exhaust_descriptors,
    "threads": leave_threads,
    "atexit": lambda: atexit.register(for_ever),
    "memory": exhaust_memory,
    "memory-kept": keep_memory,
    "pause": lambda: time.sleep(0.005),
    "item-late": for_ever,
}
RESPONSES = {
    "bad-value": lambda prompt: respond(float("nan")),
    "too-large": lambda prompt: respond(EIGHT_MB),
}
WHEN_CLOSED = {
    "close-ignored": lambda: None,
    "close-stuck": for_ever,
    "close-stubborn": ignore_everything,
}


def call_api(prompt, options, context):
    fault = options.get("do")
    if fault is None:
        return respond(prompt)
    if fault in RESPONSES:
        return RESPONSES[fault](prompt)
    FAULTS[fault]()
    return respond(prompt)


async def ask(prompt, options, context):
    fault = options.get("do")
    if fault == "sleep":
        await asyncio.sleep(3600)
    if fault == "pause":
        await asyncio.sleep(0.005)
        return respond(prompt)
    return call_api(prompt, options, context)


def call_embedding_api(prompt, options):
    return {"embedding": [float(ord(c)) for c in prompt]}


def pieces_of(prompt, count):
    """As in pieces.h."""
    size = -(-len(prompt) // count)
    return [prompt[start : start + size] for start in range(0, len(prompt), size)]


def tell(prompt, options, context):
    first, *others = pieces_of(prompt, options["pieces"])
    yield first
    fault = options.get("do")
    while fault in WHEN_CLOSED:
        try:
            yield "more"
        except GeneratorExit:
            WHEN_CLOSED[fault]()
    if fault in RESPONSES:
        yield RESPONSES[fault](prompt)
    elif fault is not None:
        FAULTS[fault]()
    yield from others
    return respond(prompt)


def answer(prompt, options, context):
    """Of the server's chats: the prompt, again and again for a client that never reads."""
    while prompt.startswith("http-stalls"):
        yield prompt
    yield prompt
    return respond(prompt)


async def tell_async(prompt, options, context):
    first, *others = pieces_of(prompt, options["pieces"])
    yield first
    fault = options.get("do")
    while fault in WHEN_CLOSED:
        try:
            yield "more"
        except GeneratorExit:
            WHEN_CLOSED[fault]()
    if fault in RESPONSES:
        yield RESPONSES[fault](prompt)
    elif fault in ("sleep", "item-late"):
        await asyncio.sleep(3600)
    elif fault == "pause":
        await asyncio.sleep(0.005)
    elif fault is not None:
        FAULTS[fault]()
    for piece in others:
        yield piece
