"""The first and the last minute of a host: diagnostics, the one import of the script, an orderly end.

Compiled into the host as text, run inside it. Standard library only; this file imports next to nothing, because
whatever it imports delays every start. What is needed only sometimes stands in the `_host_*.py` beside it and is
loaded on first use.
"""

import os
import sys
from time import perf_counter


_diagnostics = None

# What promptfoo's worker has loaded before a script's folder comes into sys.path, and a host has not: a `logging.py` or
# `types.py` beside the script takes nothing away from asyncio and others there, nor may it here.
_LOADED_FIRST = frozenset(
    "array ast asyncio base64 binascii collections concurrent contextlib contextvars copyreg dis enum fcntl functools "
    "heapq importlib inspect itertools json keyword linecache logging math opcode operator re reprlib select selectors "
    "signal socket ssl string struct subprocess textwrap threading token tokenize traceback types typing warnings "
    "weakref".split()
)


def begin(diagnostics, dump_signal):
    """Sends crash dumps, and dumps asked for by `dump_signal`, to the descriptor `diagnostics`; prints go by line."""
    was_imported = "faulthandler" in sys.modules  # by -X faulthandler
    import faulthandler

    global _diagnostics
    _diagnostics = diagnostics
    faulthandler.enable(file=diagnostics, all_threads=True)
    faulthandler.register(dump_signal, file=diagnostics, all_threads=True, chain=True)
    if not was_imported:
        del sys.modules["faulthandler"]  # a script finds imported what `python` has imported
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.reconfigure(line_buffering=True)
        except Exception:
            pass


def on_cancel(number, is_due, stacks_of):
    """The signal `number` interrupts the running code as Ctrl-C would, when `is_due()` says that its call is meant.

    When `stacks_of()` gives the id of the running call (0: none), that call's stack is written first.
    """
    import _signal  # `signal` would import `enum`

    writing = False

    def interrupt(signum, frame):
        nonlocal writing
        if writing:
            return  # the interrupt would get lost in there; the one that writes asks for it afterwards
        call = stacks_of()
        if call is not None:
            writing = True
            write_stacks(lambda: {call: load("_host_stacks", "of_running_call")(frame)} if call else {})  # noqa: F821
            writing = False
        if is_due():
            raise KeyboardInterrupt

    _signal.signal(number, interrupt)


def write_stacks(find_stacks):
    """Tells the pool where each call is: `find_stacks()` gives id → list of (file, line, function), innermost first."""
    try:
        text = load("_host_stacks", "text_of")(find_stacks())  # noqa: F821
    except BaseException:
        text = ""
    data = (text + "=== end of calls ===\n").encode("utf-8", "replace")
    try:
        os.write(_diagnostics, data[-60_000:])  # a pipe's worth: nobody waits for a pool that does not read
    except OSError:
        pass


def module_name(path):
    """The name the script gets in sys.modules: its stem, unless that is taken or belongs to the standard library."""
    name = os.path.splitext(os.path.basename(path))[0].replace(".", "_")
    if name in sys.modules or name in getattr(sys, "stdlib_module_names", sys.builtin_module_names):
        name += "_provider"
    return name


def folders_of(path):
    """Where the script's siblings are. Those of a link are beside its target under `python`, beside it in promptfoo."""
    return list(dict.fromkeys([os.path.dirname(os.path.realpath(path)), os.path.dirname(path)]))


def load_what_folder_would_hide(folder):
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in _LOADED_FIRST.intersection(name.partition(".")[0] for name in names):
        __import__(name)


def describe_main(path):
    """Makes `__main__` look as under `python path`: libraries that find no `__file__` there think that a person types.

    The name in its spec keeps children of multiprocessing from running the script a second time, as their `__main__`.
    """
    from _frozen_importlib import ModuleSpec

    main = sys.modules["__main__"]
    main.__file__ = path
    main.__spec__ = ModuleSpec("__main__", None, origin=path)


def import_script(path):
    """Imports the script; (its module, milliseconds). Raises whatever that raises."""
    # importlib.util offers the same, at the price of a dozen imports that the script has not asked for.
    from _frozen_importlib import module_from_spec
    from _frozen_importlib_external import SourceFileLoader, spec_from_file_location

    describe_main(path)
    if not getattr(sys.flags, "safe_path", False):  # PYTHONSAFEPATH
        folders = folders_of(path)
        for folder in folders:
            load_what_folder_would_hide(folder)
        sys.path[:0] = folders
    name = module_name(path)
    loader = SourceFileLoader(name, path)
    module = module_from_spec(spec_from_file_location(name, path, loader=loader))
    sys.modules[name] = module  # before it runs: pickle, dataclasses and multiprocessing look it up
    start = perf_counter()
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    # As `import` does: a module may put something else in its place.
    return sys.modules.get(name, module), (perf_counter() - start) * 1000


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass


def finish(close_loop):
    """What comes before finalisation: waits for threads, runs atexit functions, closes the event loop, flushes."""
    import atexit

    steps = [atexit._run_exitfuncs, close_loop, flush]
    if "threading" in sys.modules:
        steps.insert(0, sys.modules["threading"]._shutdown)
    for step in steps:
        try:
            step()
        except BaseException:
            pass


def leave_fork(error):
    """Ends a forked child whose user code returned into the host's loop: only the host itself may answer."""
    code = 0
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    elif error is not None:
        code = 1
        try:
            sys.excepthook(type(error), error, error.__traceback__)
        except BaseException:
            pass
    flush()
    os._exit(code & 0xFF)
