"""Many requests at once: wrk with ../post.lua."""

import json
import shutil
from dataclasses import dataclass

from .http_client import PATH
from .runner import Failed, run_once
from .setting import BENCHMARKS

SCRIPT = BENCHMARKS / "post.lua"
TIMEOUT = 30  # seconds after which wrk counts a request as an error


@dataclass
class Load:
    """`rate`: requests a second; `p50` and `p99`: latency in milliseconds."""

    rate: float
    p50: float
    p99: float


def run_wrk(port, body, connections, seconds):
    """Raises Failed, also when any request has failed."""
    if shutil.which("wrk") is None:
        raise Failed("there is no wrk; Debian has it")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={TIMEOUT}s", "-s", str(SCRIPT)]
    return parse(run_once([*command, f"http://127.0.0.1:{port}{PATH}", "--", body], seconds + 2 * TIMEOUT))


def parse(output):
    """What the line of JSON says that post.lua has printed."""
    line = next((line for line in output.splitlines() if line.startswith("{")), None)
    if line is None:
        raise Failed(f"wrk has measured nothing: {output.strip()[-300:]}")
    counts = json.loads(line)
    if counts["requests"] == 0:
        raise Failed("no request was answered")
    if errors := {name: count for name, count in counts["errors"].items() if count}:
        raise Failed(f"of {counts['requests']:,} requests these failed: {errors}")
    return Load(counts["requests"] / counts["us"] * 1e6, counts["p50"] / 1000, counts["p99"] / 1000)
