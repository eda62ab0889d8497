"""The first and the last minute of a host: diagnostics, an orderly end. `script.py` has the import between them.

Compiled into the host as text, run inside it. Standard library only; this file imports next to nothing, because
whatever it imports delays every start. What is needed only sometimes stands in the modules beside it and is
loaded on first use.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import load


_diagnostics = None


def begin(diagnostics, dump_signal):
    """Sends crash dumps, and dumps asked for by `dump_signal`, to the descriptor `diagnostics`; prints go by line."""
    was_imported = "faulthandler" in sys.modules  # by -X faulthandler
    import faulthandler

    global _diagnostics
    _diagnostics = diagnostics
    faulthandler.enable(file=diagnostics, all_threads=True)
    faulthandler.register(dump_signal, file=diagnostics, all_threads=True)
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
            write_stacks(lambda: {call: load("stacks", "of_running_call")(frame)} if call else {})
            writing = False
        if is_due():
            raise KeyboardInterrupt

    _signal.signal(number, interrupt)


def write_stacks(find_stacks):
    """Tells the pool where each call is: `find_stacks()` gives id → list of (file, line, function), innermost first."""
    try:
        text = load("stacks", "text_of")(find_stacks())
    except BaseException:
        text = ""
    data = (text + "=== end of calls ===\n").encode("utf-8", "replace")
    try:
        os.write(_diagnostics, data[-60_000:])  # a pipe's worth: nobody waits for a pool that does not read
    except OSError:
        pass


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


def exit_forked_child(error):
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
