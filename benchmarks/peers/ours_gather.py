"""Provider Host's Python API, acall_api with so many calls in flight in one host: the mean duration of a call.

ours_gather.py PACKAGE SCRIPT IN_FLIGHT. PACKAGE is the directory that the package is imported from.
"""

import asyncio
import sys
import time

sys.path.insert(0, sys.argv[1])

import provider_host  # noqa: E402
from runner import check, serve_measured  # noqa: E402


async def run(pool, count, in_flight):
    start = time.perf_counter()
    done = 0
    while done < count:
        for result in await asyncio.gather(*[pool.acall_api("x") for _ in range(in_flight)]):
            check(result, "x")
        done += in_flight
    return [(time.perf_counter() - start) / done * 1e6]


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    pool = provider_host.Pool(sys.argv[2])
    serve_measured(lambda count: loop.run_until_complete(run(pool, count, int(sys.argv[3]))))
    pool.close()
