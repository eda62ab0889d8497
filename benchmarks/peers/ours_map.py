"""Provider Host's Python API, Pool.map over many prompts in one host: the mean duration of a call.

ours_map.py PACKAGE SCRIPT. PACKAGE is the directory that the package is imported from.
"""

import sys
import time

sys.path.insert(0, sys.argv[1])

import provider_host  # noqa: E402
from runner import check, serve_measured  # noqa: E402

if __name__ == "__main__":
    with provider_host.Pool(sys.argv[2]) as pool:

        def measure(count):
            start = time.perf_counter()
            for result in pool.map(["x"] * count):
                check(result, "x")
            return [(time.perf_counter() - start) / count * 1e6]

        serve_measured(measure)
