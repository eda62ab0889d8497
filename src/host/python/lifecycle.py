"""Start and end of a host: diagnostics, cancellation signal, graceful exit.

The modules of this directory are compiled into the host as text. Standard library only. This one imports next to
nothing, as its imports delay every start; what is needed only sometimes is in the other modules.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import is_loaded, load

# Signals after which code is interrupted wherever it is: they come each millisecond at first.
PATIENCE = 10
# What asyncio calls in its debug mode.
PLUMBING = ("traceback", "linecache", "tokenize", "reprlib", "logging")

_diagnostics = -1


def begin(diagnostics, dump_signal):
    """Sends dumps, of crashes and on `dump_signal`, to the descriptor `diagnostics`. Makes prints line-buffered."""
    was_imported = "faulthandler" in sys.modules  # by -X faulthandler
    import faulthandler

    global _diagnostics
    _diagnostics = diagnostics
    faulthandler.enable(file=diagnostics, all_threads=True)
    faulthandler.register(dump_signal, file=diagnostics, all_threads=True)
    if not was_imported:
        del sys.modules["faulthandler"]  # a script finds the same imports as under `python`
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        except Exception:
            pass


def on_cancel(number, due_call, take_request, stacks_of):
    """Makes the signal `number` interrupt the running code as Ctrl-C would, when `due_call()` is its call (0: none).

    `take_request()` says once whether it is; then it is done, and until then the signal is repeated. What runs on the
    event loop is cancelled there. When `stacks_of()` returns the id of the running call (0: none), its stack is written
    first.
    """
    import _signal  # type: ignore[import-not-found]  # `signal` would import `enum`
    from time import monotonic

    writing = False
    interrupted, signals, since = 0, 0, 0.0

    def interrupt(signum, frame):
        nonlocal writing, interrupted, signals, since
        if writing:
            return  # the interrupt would get lost in there; the handler that writes takes it afterwards
        call = stacks_of()
        if call is not None:
            writing = True
            write_stacks(lambda: {call: load("stacks", "of_running_call")(frame)} if call else {})
            writing = False
        due = due_call()
        if not due:
            return
        if due != interrupted:
            interrupted, signals, since = due, 0, monotonic()
        signals += 1
        if is_loaded("event_loop"):
            if load("event_loop", "cancel_soon")(frame, take_request, signals, monotonic() - since):
                return
        if can_interrupt(frame, signals) and take_request():
            raise KeyboardInterrupt

    _signal.signal(number, interrupt)


def can_interrupt(frame, signals):
    """Whether an exception may be raised there by a handler of signals, which has been called so many times.

    In asyncio it could lose the next step of a task, which then never ends. In a finaliser, or in a callback of a weak
    reference, it would be dropped. It may be raised there only when PATIENCE signals have found no better place.
    """
    if signals > PATIENCE:
        return True
    is_innermost = True
    while frame is not None:
        name = frame.f_globals.get("__name__")
        name = name if type(name) is str else ""
        if frame.f_code.co_name == "__del__" or name in ("weakref", "_weakrefset"):
            return False
        if is_innermost and name not in PLUMBING:
            if name.startswith("asyncio.") or name == "nest_asyncio":
                return False
            is_innermost = False
        frame = frame.f_back
    return True


def write_stacks(find_stacks):
    """Writes the stacks of calls for the pool. `find_stacks()`: id → [(file, line, function)…], innermost first."""
    try:
        text = load("stacks", "text_of")(find_stacks())
    except BaseException:
        text = ""
    data = (text + "=== end of calls ===\n").encode("utf-8", "replace")
    try:
        os.write(_diagnostics, data[-60_000:])  # fits into the pipe, so that a pool that does not read blocks nobody
    except OSError:
        pass


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass


def finish(close_loop):
    """The steps before finalisation: wait for threads, run atexit functions, close the event loop, flush."""
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
    """Ends a forked child whose user code returned into the host's code: only the host itself may respond."""
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
