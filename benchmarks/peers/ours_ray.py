"""Provider Host over a Ray cluster, RayPool.map over many prompts: the mean duration of a call.

ours_ray.py ADDRESS ACTORS PACKAGE SCRIPT
"""

import sys
import time

sys.path.insert(0, sys.argv[3])

from provider_host.ray import RayPool  # noqa: E402
from runner import check, serve_measured  # noqa: E402

if __name__ == "__main__":
    address, actors, _, script = sys.argv[1:]
    stdout, sys.stdout = sys.stdout, sys.stderr  # Ray prints warnings
    with RayPool(script, actors=int(actors), address=address) as pool:

        def measure(count):
            start = time.perf_counter()
            for result in pool.map(["x"] * count):
                check(result, "x")
            return [(time.perf_counter() - start) / count * 1e6]

        serve_measured(measure, stdout)
