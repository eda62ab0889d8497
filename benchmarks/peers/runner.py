"""The runners' side of the protocol with scripts/bench (see ../runner.h)."""

import json
import sys
import time


def serve(operation):
    """Measures `operation()` as often as asked: `N` on stdin, N durations in microseconds as a JSON array on stdout."""

    def measure(count):
        durations = []
        for _ in range(count):
            start = time.perf_counter()
            operation()
            durations.append((time.perf_counter() - start) * 1e6)
        return durations

    serve_measured(measure)


def serve_measured(measure, stdout=None):
    """The same with `measure(count)` giving the durations; they may be fewer than asked for, each a mean. `stdout`: the
    one there was before a library began to write to it."""
    print("ready", file=stdout, flush=True)
    for line in sys.stdin:
        print(json.dumps(measure(int(line))), file=stdout, flush=True)


def check(result, prompt):
    if result != {"output": prompt}:
        raise SystemExit(f"wrong result: {str(result)[:100]}")
