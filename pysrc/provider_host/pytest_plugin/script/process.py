"""A host seen from outside, by /proc."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, FrozenSet, List, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    group: int
    state: str
    command: str

    def __str__(self) -> str:
        return f"{self.command} (pid {self.pid}{', ended but not waited for' if self.state == 'Z' else ''})"


def threads_of(pid: int) -> FrozenSet[int]:
    try:
        return frozenset(int(name) for name in os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return frozenset()


def descendants_of(pid: int) -> FrozenSet[Process]:
    """Children of any depth, those included that their parents have left behind in the process group of ``pid``."""
    processes = {process.pid: process for process in _all()}
    return frozenset(p for p in processes.values() if p.pid != pid and (p.group == pid or _is_below(p, pid, processes)))


def _is_below(process: Process, pid: int, processes: Dict[int, Process]) -> bool:
    while process.parent in processes and process.parent != process.pid:
        if process.parent == pid:
            return True
        process = processes[process.parent]
    return process.parent == pid


def _all() -> List[Process]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = Path(f"/proc/{entry}/stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            name, _, rest = text.partition("(")[2].rpartition(")")
            state, parent, group = rest.split()[:3]
            found.append(Process(int(entry), int(parent), int(group), state, name))
    return found


def settled(look: Callable[[], FrozenSet[_T]], before: FrozenSet[_T], grace: float = 1.5) -> FrozenSet[_T]:
    """What ``look`` returns beyond ``before``; waits at most ``grace`` seconds until that is nothing."""
    deadline = time.monotonic() + grace
    while True:
        extra = look() - before
        if not extra or time.monotonic() >= deadline:
            return extra
        time.sleep(0.02)
