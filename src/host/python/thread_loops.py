"""Event loops for the threads that run calls. Loaded when `concurrency` is above 1; standard library only.

On the main thread `asyncio.get_event_loop()` makes a loop, in other threads it raises. Here a sync function that relies
on it works in threads, too: each thread gets a loop at its first request and keeps it.
"""

import asyncio
import threading
import warnings

_here = threading.local()


def enter_thread():
    """The calling thread runs calls from now on."""
    _here.runs_calls = True


def make_on_demand():
    """Makes the current event loop policy, the script's or asyncio's, create loops in those threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated from Python 3.14 on
        policy = asyncio.get_event_loop_policy()
    try:
        policy.get_event_loop = lambda: _loop_of(policy)  # type: ignore[method-assign]
    except AttributeError:
        pass  # a policy of the script's without settable attributes


def _loop_of(policy):
    # Looked up each time, as nest_asyncio replaces it in the class.
    get_event_loop = type(policy).get_event_loop
    if not getattr(_here, "runs_calls", False):
        return get_event_loop(policy)
    try:
        loop = get_event_loop(policy)
    except RuntimeError:
        loop = None
    # The last call of this thread may have closed it, or have removed it, as asyncio.run does.
    if loop is None or loop.is_closed():
        loop = policy.new_event_loop()
        policy.set_event_loop(loop)
    return loop
