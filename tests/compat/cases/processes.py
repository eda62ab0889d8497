"""Threads, processes, signals, and what happens at the end of a host."""

from ..case import Case

SHOUTS = [("a", "A"), ("b", "B"), ("a", "A")]
ON_MAIN_THREAD = "signal.setitimer and its handler belong to the main thread, and there is one timer"


def wrote_at_exit(directory):
    goodbye, calls = (directory / "calls.txt").read_text().splitlines()
    return goodbye == "goodbye" and calls in ("3 calls", "24 calls")


CASES = [
    Case("threads.py", [("a b", ["A", "B"])] * 2),
    Case("daemon_thread.py", SHOUTS),
    Case("waiting_thread.py", [("a", "a False")] * 2),
    Case("thread_local.py", SHOUTS),
    Case("thread_pool.py", [("a b", {"a": "A", "b": "B"})] * 2),
    Case("process_pool.py", [("1 2 3", [1, 4, 9])] * 2),
    Case("executor_on_loop.py", [("3 4", [6, 24])] * 2),
    Case("pool_map.py", [("a b", ["aa", "bb"])] * 2),
    Case(
        "spawned_pool.py",
        [("a b", [["A", True], ["B", True]])],
        calls_together=4,  # each starts two interpreters
    ),
    Case(
        "forked_process.py",
        [("a", ["Akept", 0])] * 2,
        one_at_a_time="a child that a thread of a ThreadPoolExecutor forks ends with exit code 1 in plain Python, too",
    ),
    Case(
        "shared_manager.py",
        [("a", {"a": 1}), ("bb", {"a": 1, "bb": 2})],
        one_at_a_time="it forks while other threads may hold locks, which Python itself warns of from 3.12 on",
    ),
    Case("os_fork.py", [("a", ["A", 7])] * 2),
    Case("fork_returns.py", [("a", "a once"), ("b", "b once")]),
    Case(
        "cloudpickle_functions.py",
        [("ab", [True, "15", "No module named 'cloudpickle_functions'", "15", "7"])] * 2,
        needs=("cloudpickle",),
    ),
    Case("joblib_parallel.py", [("a bb", [1, 2])] * 2, needs=("joblib",)),
    Case("subprocess_run.py", [("abc", ["ABC", 3, 42])] * 2),
    Case("subprocess_inherits.py", [("a", ["a", 0, None])] * 2),
    Case(
        "signal_handlers.py",
        [("a", ["a", "SIGUSR1"])] * 3,
        one_at_a_time="Python runs handlers on the main thread, later",
    ),
    Case(
        "alarm_limit.py",
        [("0", "in time"), ("30", "the model is too slow"), ("0", "in time")],
        one_at_a_time=ON_MAIN_THREAD,
    ),
    Case("exit_hooks.py", [("a", "a"), ("b", "b"), ("c", "c")], afterwards=wrote_at_exit),
    Case("fault_handler.py", [("a", True)] * 2),
    Case("hooks_for_exceptions.py", [("a", ["a", True, True])] * 2),
]
