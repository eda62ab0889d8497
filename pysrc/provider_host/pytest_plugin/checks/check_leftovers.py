"""Checks of what calls leave behind in the system."""

from __future__ import annotations

from collections import Counter
from typing import Callable, FrozenSet, List, Tuple, TypeVar

from ..failures.failure import CheckFailure
from ..script.process import descendants_of, settled, threads_of
from .script_run import ScriptRun

_CALLS = 4
_T = TypeVar("_T")


def threads_left(run: ScriptRun) -> None:
    rounds = _two_rounds(run, threads_of)
    if all(len(extra) >= _CALLS for extra in rounds):
        raise CheckFailure(
            f"{2 * _CALLS} calls have left {sum(map(len, rounds))} threads behind in the host.",
            "Keep one client or executor at module level for all calls, or end what a call has started: "
            "`with ThreadPoolExecutor() as executor:`, thread.join(), client.close().",
            run.source.call_in_a_function(
                "threading.Thread",
                "Thread",
                "threading.Timer",
                "Timer",
                "ThreadPoolExecutor",
                "futures.ThreadPoolExecutor",
                "concurrent.futures.ThreadPoolExecutor",
            ),  # fmt: skip
        )


def children_left(run: ScriptRun) -> None:
    rounds = _two_rounds(run, descendants_of)
    if all(len(extra) >= _CALLS or any(child.state == "Z" for child in extra) for extra in rounds):
        shown = ", ".join(str(child) for child in sorted(rounds[1], key=lambda child: child.pid)[:4])
        raise CheckFailure(
            f"{2 * _CALLS} calls have left child processes behind in the host: {shown}.",
            "Wait for what a call starts: subprocess.run(), `with Popen(...) as child:`, child.wait(); end helpers "
            "with terminate() and wait(), or keep one at module level for all calls.",
            run.source.call_in_a_function(
                "subprocess.Popen",
                "Popen",
                "os.fork",
                "os.spawnv",
                "os.posix_spawn",
                "multiprocessing.Process",
                "Process",
                "multiprocessing.Pool",
                "ProcessPoolExecutor",
                "concurrent.futures.ProcessPoolExecutor",
            ),  # fmt: skip
        )


def tasks_left(run: ScriptRun) -> None:
    if run.target.kind != "async" and not run.main.inspect()["tasks"]:
        return  # a loop that a sync function has made ends with it
    rounds = _two_rounds(run, lambda pid: _tasks(run))
    if all(len(extra) >= _CALLS for extra in rounds):
        shown = "; ".join(sorted(task.partition(" ")[2] for task in rounds[1])[:4])
        raise CheckFailure(
            f"{2 * _CALLS} calls have left {sum(map(len, rounds))} asyncio tasks behind, which go on between calls and "
            f"keep what they hold: {shown}.",
            "Await what a call starts, or cancel it before the call returns: "
            "`async with asyncio.TaskGroup() as group:`, `await asyncio.gather(...)`, `task.cancel()`; close clients "
            "and streams. A task for all calls is started once, and kept at module level.",
            run.source.call_in_a_function(
                "asyncio.create_task",
                "create_task",
                "asyncio.ensure_future",
                "ensure_future",
                "loop.create_task",
                "asyncio.get_running_loop().create_task",
            ),  # fmt: skip
        )


def _tasks(run: ScriptRun) -> FrozenSet[str]:
    """The tasks in the host, each with a number in front: equal texts get different numbers."""
    seen: Counter[str] = Counter()
    numbered = []
    for task in run.main.inspect()["tasks"]:
        seen[task] += 1
        numbered.append(f"{seen[task]} {task}")
    return frozenset(numbered)


def _two_rounds(run: ScriptRun, look: Callable[[int], FrozenSet[_T]]) -> Tuple[FrozenSet[_T], FrozenSet[_T]]:
    """What calls leave behind, in two rounds: what is made once and kept is in the first round at most."""
    for _ in range(2):
        run.call(run.prompts[0])
    pid = run.host_pid()
    rounds: List[FrozenSet[_T]] = []
    for _ in range(2):
        before = look(pid)
        for _ in range(_CALLS):
            run.call(run.prompts[0])
        rounds.append(settled(lambda: look(pid), before) if not rounds or rounds[0] else frozenset())
    return rounds[0], rounds[1]
