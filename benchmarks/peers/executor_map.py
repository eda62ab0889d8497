"""Many calls at once in chunks, ProcessPoolExecutor.map with one worker: the mean duration of a call.

executor_map.py CHUNKSIZE
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor

from runner import check, serve_measured
from echo import call_api

if __name__ == "__main__":
    chunksize = int(sys.argv[1])
    with ProcessPoolExecutor(1) as pool:

        def measure(count):
            start = time.perf_counter()
            for result in pool.map(call_api, ["x"] * count, [{}] * count, [{}] * count, chunksize=chunksize):
                check(result, "x")
            return [(time.perf_counter() - start) / count * 1e6]

        serve_measured(measure)
