"""Event loops for the threads that run calls. Loaded when `concurrency` is above 1; standard library only.

On the main thread `asyncio.get_event_loop()` makes a loop, in other threads it raises. A sync function that counts on
it works in a thread of the host as well: each thread gets a loop when its code asks for one, and keeps it.
"""

import asyncio
import threading
import warnings

_here = threading.local()


def enter_thread():
    """The calling thread runs calls from now on."""
    _here.runs_calls = True


def make_on_demand():
    """Has the event loop policy that the script has chosen, or asyncio's, make loops in those threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # from Python 3.14 on policies are on their way out
        policy = asyncio.get_event_loop_policy()
    try:
        policy.get_event_loop = lambda: _loop_of(policy)
    except AttributeError:
        pass  # a policy of the script's that lets nobody do this


def _loop_of(policy):
    # Looked up each time, as nest_asyncio puts another one into the class.
    get_event_loop = type(policy).get_event_loop
    if not getattr(_here, "runs_calls", False):
        return get_event_loop(policy)
    try:
        loop = get_event_loop(policy)
    except RuntimeError:
        loop = None
    # The last call of this thread may have closed it, or have left none, as asyncio.run does.
    if loop is None or loop.is_closed():
        loop = policy.new_event_loop()
        policy.set_event_loop(loop)
    return loop
