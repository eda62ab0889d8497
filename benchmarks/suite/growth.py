"""How time and memory grow with the load: runs ../growth.cc over a range of sizes and fits exponents."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field

from .runner import Failed, run_once
from .ratios import ASYNC_ECHO, ECHO
from .setting import PROVIDERS

LIMIT = 120  # seconds for one point, or for the million calls


@dataclass
class Curve:
    """`points`: [{"n", "us", "bytes"}], time and memory for one unit of n; `unit` is what n counts."""

    name: str
    load: str
    script: str
    unit: str
    sizes: list
    points: list = field(default_factory=list)
    failure: str | None = None

    def exponent(self, what, last=None):
        """The slope of log(per unit) over log(n), by least squares: 0 is flat. None without two points.

        `last`: over so many of the largest loads only; a curve that falls first hides there that it rises.
        """
        points = self.points[-last:] if last else self.points
        pairs = [(math.log(p["n"]), math.log(p[what])) for p in points if p.get(what, 0) > 0]
        if len(pairs) < 2:
            return None
        mean_x, mean_y = (sum(column) / len(pairs) for column in zip(*pairs))
        spread = sum((x - mean_x) ** 2 for x, _ in pairs)
        return sum((x - mean_x) * (y - mean_y) for x, y in pairs) / spread

    def entry(self):
        """For results.json."""
        exponents = {"time_exponent": self.exponent("us"), "memory_exponent": self.exponent("bytes")}
        exponents |= {
            "time_exponent_at_end": self.exponent("us", 2),
            "memory_exponent_at_end": self.exponent("bytes", 2),
        }
        return {"name": self.name, "unit": self.unit, "points": self.points, "failure": self.failure} | exponents


def curves(setting):
    """The curves, still without points."""
    queued = [1, 10, 100, 1_000, 10_000] + ([] if setting.quick else [100_000])
    payloads = [1_000, 10_000, 100_000, 1_000_000, 10_000_000] + ([] if setting.quick else [64_000_000])
    in_flight = [1, 10, 100] + ([] if setting.quick else [1000])
    hosts = [1, 2, 4, 8] + ([] if setting.quick else [16, 32, 64])
    return [
        Curve("queued calls", "queued", ECHO, "call", queued),
        Curve("hosts", "hosts", ECHO, "host", hosts),
        Curve("payload", "payload", ECHO, "byte", payloads),
        Curve("in flight", "in_flight", ASYNC_ECHO, "call", in_flight),
        Curve("in flight, each waits 50 ms", "in_flight", PROVIDERS / "async_sleep.py", "call", in_flight),
    ]


def measure(setting, curve, advance):
    """Fills the curve's points; a failure ends it."""
    for size in curve.sizes:
        advance(f"{curve.name}: {size:,}")
        try:
            curve.points += run(setting, curve.load, curve.script, size)
        except Failed as failure:
            curve.failure = str(failure)
            return


def many_calls(setting, advance):
    """[{"n", "us", "parent", "host"}]: memory in bytes while one host serves a million calls, one after the other."""
    advance("a million calls")
    return run(setting, "many", ECHO, setting.scaled(1_000_000))


def run(setting, load, script, size):
    command = setting.program("growth", load, script, size)
    return [json.loads(line) for line in run_once(command, LIMIT).splitlines()]
