"""How soon the pool knows that a host died or a timeout passed: runs ../detection.cc."""

import json
import statistics

from .runner import run_once
from .setting import PROVIDERS

LIMIT = 300  # seconds for all of it
GOAL = 50  # milliseconds


def measure(setting, advance):
    """[{"name", "median", "worst", "count", "goal", "holds"}], in milliseconds; `goal` and `holds` are None where
    there is no goal. Raises Failed."""
    advance("detection")
    command = setting.program("detection", PROVIDERS / "misbehaves.py", setting.scaled(50))
    return [entry(**json.loads(line)) for line in run_once(command, LIMIT).splitlines()]


def entry(name, ms):
    """For results.json. The next response needs a new host, whose start has a goal of its own."""
    median = statistics.median(ms)
    goal = None if name.endswith("to the next response") else f"< {GOAL} ms"
    holds = None if goal is None else median < GOAL
    return {"name": name, "median": median, "worst": max(ms), "count": len(ms), "goal": goal, "holds": holds}
