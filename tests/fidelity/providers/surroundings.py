"""Tells everything that a script can ask about its process, its interpreter and its place in it."""

import sys

modules_at_start = sorted(sys.modules)

import builtins  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402


def interpreter():
    names = (
        "argv orig_argv flags path executable prefix exec_prefix base_prefix base_exec_prefix _base_executable version"
    )
    names += " implementation warnoptions _xoptions dont_write_bytecode pycache_prefix platlibdir hash_info"
    facts = {f"sys.{name}": repr(getattr(sys, name, None)) for name in names.split()}
    for name in "excepthook displayhook unraisablehook breakpointhook".split():
        facts[f"sys.{name}"] = repr(getattr(sys, name))
    for name in "getrecursionlimit getswitchinterval gettrace getprofile getfilesystemencoding getdlopenflags".split():
        facts[f"sys.{name}()"] = repr(getattr(sys, name)())
    facts["sys.meta_path"] = [repr(finder).partition(" object at")[0] for finder in sys.meta_path]
    for module in (sys, os, builtins):
        facts[f"names in {module.__name__}"] = sorted(vars(module))
    return facts


def libraries():
    import asyncio
    import atexit
    import contextvars
    import decimal
    import faulthandler
    import gc
    import locale
    import threading
    import warnings

    return {
        "warnings.filters": repr(warnings.filters),
        "threads": repr([thread.name for thread in threading.enumerate()]),
        "on the main thread": threading.current_thread() is threading.main_thread(),
        "main thread's id is the process's": threading.get_native_id() == os.getpid(),
        "thread states": len(sys._current_frames()),
        "event loop": repr(asyncio.get_event_loop_policy()._local._loop),
        "exit functions": atexit._ncallbacks(),
        "context": repr(list(contextvars.copy_context())),
        "decimal context": repr(decimal.getcontext()),
        "garbage collection": repr((gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.callbacks)),
        "locale": repr((locale.setlocale(locale.LC_ALL), locale.getpreferredencoding(False))),
        "faulthandler": faulthandler.is_enabled(),
    }


def streams():
    facts = {}
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        facts[name] = repr(stream) + f" errors={stream.errors} write_through={stream.write_through}"
        facts[f"sys.__{name}__"] = getattr(sys, f"__{name}__") is stream
        facts[f"{name} is buffered by line"] = stream.line_buffering
        facts[f"kind of {name}"] = oct(os.fstat(stream.fileno()).st_mode)
    return facts


def signals():
    import signal

    facts = {"signal mask": repr(signal.pthread_sigmask(signal.SIG_BLOCK, []))}
    facts["wakeup descriptor"] = signal.set_wakeup_fd(-1)
    for number in sorted(signal.valid_signals()):
        handler = signal.getsignal(number)
        facts[f"handler of signal {int(number)}"] = getattr(handler, "__qualname__", repr(handler))
    return facts


def process():
    import resource

    kept = {"TMPDIR", "FIDELITY_REPORT"}
    facts = {
        f"resource.{name}": resource.getrlimit(getattr(resource, name)) for name in dir(resource) if "RLIMIT" in name
    }
    facts["variables"] = sorted((name, "" if name in kept else value) for name, value in os.environ.items())
    facts["working directory"] = os.path.basename(os.getcwd())
    facts["leads its group"] = os.getpgrp() == os.getpid()
    facts["niceness"] = os.nice(0)
    facts["processors"] = sorted(os.sched_getaffinity(0))
    facts["descriptors"] = [
        int(name) for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")
    ]
    facts["kernel threads"] = len(os.listdir("/proc/self/task"))
    facts["running program"] = os.path.basename(os.readlink("/proc/self/exe"))
    for name in ("cmdline", "comm"):
        with open(f"/proc/self/{name}", "rb") as file:
            facts[f"/proc/self/{name}"] = file.read().decode()
    return facts


def forking():
    """What os.fork() warns of, and what the child finds."""
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ours, childs = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(childs, str(len(os.listdir("/proc/self/task"))).encode())
            os._exit(7)
        status = os.waitpid(child, 0)[1]
    facts = {"warnings of fork": [str(warning.message) for warning in caught]}
    facts["threads of a forked child"] = os.read(ours, 10).decode()
    facts["exit code of a forked child"] = os.WEXITSTATUS(status)
    os.close(ours)
    os.close(childs)
    return facts


def script():
    import __main__

    return {
        "__name__": __name__,
        "__file__": __file__,
        "__main__ is this script": getattr(__main__, "__file__", None) == __file__,
        "own module is registered": vars(sys.modules[__name__]) is globals(),
    }


def run():
    facts = {"modules at start": [name for name in modules_at_start if name not in (__name__, "__main__")]}
    for part in (script, signals, interpreter, streams, process, forking, libraries):
        facts.update(part())
    return facts


if __name__ == "__main__":
    facts = run()
    with open(os.environ["FIDELITY_REPORT"], "w") as file:
        json.dump(facts, file)
