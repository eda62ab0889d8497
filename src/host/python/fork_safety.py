"""Whether hosts can be forks of a template that has imported its script. Loaded in templates only.

There are two kinds of reasons against it: what a fork cannot carry, and what all forks would share. A script that
defines on_host_start() is trusted to deal with the second kind there. Runs no code of the script's.
"""

import os
import sys
from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bootstrap import load

borrowed = load("forked_host", "borrowed")

THREADS_END_WITHIN = 1.0  # seconds: threads that are about to end when the trial fork is made, as those of OpenBLAS
MAX_TEXT = 4000
REMOVING_MODULES = ("os", "posix", "shutil")
REMOVING = ("remove", "unlink", "rmdir", "removedirs", "rmtree")
THREADS_NOT_MISSED = ("jemalloc_bg_thd",)  # jemalloc does without in a fork; pyarrow, and so pandas, has one


def reason(module, path, has_host_start, own_descriptors, own_memory, try_fork):
    """The reasons against it, as sentences; empty when there is none.

    `module` is the script and `path` its path. `own_descriptors` and `own_memory` (an address) are the host's.
    `try_fork()` forks once, and says what is wrong with that.
    """
    if not os.path.exists("/proc/self/task"):
        return "there is no /proc, so that nobody can see what a fork would share"
    found = [*_children(), *_timers(), *_ignored_signals(), *_limits(own_descriptors)]
    found += load("fork_descriptors", "devices")(own_descriptors)
    found += filter(None, [try_fork()])
    found += _threads()
    if not has_host_start:
        found += load("fork_descriptors", "shared")(own_descriptors)
        found += load("fork_descriptors", "shared_memory")(own_memory)
        found += load("fork_randomness", "generators")(module)
        found += load("fork_randomness", "marks_in_code")(path)
        found += _finalizers()
    text = "; ".join(found).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " …"


def check_fork():
    """What a fork must be able to do, in a trial fork. Raises, hangs or crashes otherwise."""
    with borrowed("_thread") as threads, threads.allocate_lock():
        bytearray(1 << 20)
    __import__("os")  # takes the lock of imports
    load("lifecycle", "flush")()


def _children():
    try:
        if os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return [f"a child process is running{_names_of_children()}: start it in on_host_start()"]
        return ["a child process of the script has ended, and nobody has waited for it"]
    except ChildProcessError:
        return []


def _names_of_children():
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            pids = file.read().split()
        names = [f"{_first_line(f'/proc/{pid}/comm')}, process {pid}" for pid in pids]
        return f" ({'; '.join(names)})" if names else ""
    except OSError:
        return ""


def _timers():
    with borrowed("_signal") as signals:
        kinds = (signals.ITIMER_REAL, signals.ITIMER_VIRTUAL, signals.ITIMER_PROF)
        is_running = any(signals.getitimer(kind)[0] for kind in kinds) or _first_line("/proc/self/timers")
    return ["a timer is running (signal.alarm, signal.setitimer): start it in on_host_start()"] if is_running else []


def _ignored_signals():
    with borrowed("_signal") as signals:
        is_ignored = signals.getsignal(signals.SIGCHLD) == signals.SIG_IGN
    return ["the script ignores SIGCHLD, so that nobody could say how a host has ended"] if is_ignored else []


def _limits(own_descriptors):
    """The channels of a fork get the numbers that the template's have."""
    with open("/proc/self/limits") as file:
        limit = next((line.split()[3] for line in file if line.startswith("Max open files")), "unlimited")
    is_too_low = limit != "unlimited" and int(limit) <= max(own_descriptors)
    return [f"only {limit} files may be open (RLIMIT_NOFILE): limit them in on_host_start()"] if is_too_low else []


def _threads():
    deadline = monotonic() + THREADS_END_WITHIN
    while _other_threads() and monotonic() < deadline:
        sleep(0.005)
    ids = _other_threads()
    threading: Any = sys.modules.get("threading")
    known = {thread.native_id: thread for thread in threading._active.values()} if threading is not None else {}
    ours = [_described(known[number]) for number in ids if number in known]
    natives = {_first_line(f"/proc/self/task/{number}/comm") for number in ids if number not in known}
    unnamed = _first_line("/proc/self/comm")  # a thread has the name of the process until it is given one
    return [
        *(f"the thread {text} is running: start it in on_host_start()" for text in ours),
        *(
            f"a thread of a library is running ({f'named {name}' if name != unnamed else 'without a name'}):"
            " use that library first in on_host_start()"
            for name in sorted(natives)
        ),
    ]


def _other_threads():
    """The ids of those that a fork would miss."""
    ids = {int(name) for name in os.listdir("/proc/self/task")} - {os.getpid()}
    return {number for number in ids if _first_line(f"/proc/self/task/{number}/comm") not in THREADS_NOT_MISSED}


def _described(thread):
    """Its name, and the function that it runs."""
    run = getattr(thread, "_target", None) or type(thread).run
    code = getattr(run, "__code__", None)
    place = f" ({run.__qualname__} in {os.path.basename(code.co_filename)}:{code.co_firstlineno})" if code else ""
    return f'"{thread.name}"{place}'


def _finalizers():
    """Files and directories that would be removed at the end of the first host."""
    weakref: Any = sys.modules.get("weakref")
    registry: dict = dict(weakref.finalize._registry) if weakref is not None else {}
    for info in registry.values():
        name = getattr(info.func, "__qualname__", "")
        if not info.atexit or not info.args:
            continue
        if name == "TemporaryDirectory._cleanup":
            yield f"each host would remove the temporary directory {info.args[0]}: make it in on_host_start()"
        elif getattr(info.func, "__module__", "") in REMOVING_MODULES and name in REMOVING:
            yield f"each host would remove {info.args[0]} (weakref.finalize): make it in on_host_start()"


def _first_line(path):
    try:
        with open(path, "rb") as file:
            return file.readline().decode("utf-8", "replace").rstrip("\n")
    except OSError:
        return ""
