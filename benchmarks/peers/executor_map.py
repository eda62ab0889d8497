"""Many calls at once in chunks of 100, ProcessPoolExecutor.map with one worker: the mean duration of a call."""

import time
from concurrent.futures import ProcessPoolExecutor

from runner import check, serve_measured
from echo import call_api

if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:

        def measure(count):
            start = time.perf_counter()
            for result in pool.map(call_api, ["x"] * count, [{}] * count, [{}] * count, chunksize=100):
                check(result, "x")
            return [(time.perf_counter() - start) / count * 1e6]

        serve_measured(measure)
