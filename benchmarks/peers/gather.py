"""The same coroutine without any host: awaited by asyncio.gather, so many at a time. gather.py IN_FLIGHT"""

import asyncio
import sys
import time

from async_echo import call_api
from runner import serve_measured


async def run(count, in_flight):
    start = time.perf_counter()
    done = 0
    while done < count:
        await asyncio.gather(*[call_api("x", {}, {}) for _ in range(in_flight)])
        done += in_flight
    return [(time.perf_counter() - start) / done * 1e6]


if __name__ == "__main__":
    in_flight = int(sys.argv[1])
    serve_measured(lambda count: asyncio.run(run(count, in_flight)))
