"""Event loops and what lives on them."""

from ..case import Case

TURNS = [(prompt, prompt.upper()) for prompt in ("run", "close", "a", "run", "b", "close")]
SHOUTS = [("a", "A"), ("b", "B"), ("c", "C")]

CASES = [
    Case("run_inside.py", SHOUTS),
    Case("loop_at_import.py", SHOUTS, one_at_a_time="an event loop cannot be run by two threads at a time"),
    Case("loop_per_call.py", SHOUTS),
    Case("get_event_loop.py", [("a", ["A", "X"]), ("b", ["B", "X"])]),
    Case("get_event_loop.py", TURNS, name="loops_in_turns", function="call_in_turns"),
    Case("loop_in_thread.py", SHOUTS),
    Case("lock_at_import.py", [("a", "a"), ("b", "b")]),
    Case("background_task.py", SHOUTS),
    Case("async_generators.py", [("a b", [["a", "b"], "a"])] * 2),
    Case("gather_and_timeouts.py", [("0 -1 9", [0, "ValueError", "TimeoutError"])] * 2),
    Case("async_exit_stack.py", [("a b", ["A", "B"])] * 2),
    Case("single_flight.py", [("a", ["A", 1]), ("a", ["A", 1]), ("b", ["B", 1])]),
    Case("nested_loops.py", [("a", "AA"), ("b", "BB")], needs=("nest_asyncio",)),
    Case("nested_loops_sync.py", SHOUTS, needs=("nest_asyncio",)),
    Case("anyio_groups.py", [("a b c", ["A", "B", "C"])] * 2, needs=("anyio",)),
    Case("anyio_run.py", SHOUTS, needs=("anyio",)),
    Case("trio_run.py", SHOUTS, needs=("trio",)),
    Case("uvloop_policy.py", [("a", ["a", "uvloop"])] * 100, needs=("uvloop",)),
    Case("context_vars.py", [("a", ["none", "a", "a"]), ("b", ["none", "b", "b"])]),
    Case("to_thread.py", [("a", ["a", False])] * 2),
    Case("cancelled_tasks.py", [("a", ["a", "slow"])] * 2),
    Case("own_coroutine_type.py", [("a", "a"), ("b", "b")]),
    Case("async_subprocess.py", [("a", ["A", 0]), ("b", ["B", 0])]),
]
