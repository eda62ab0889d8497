"""From a pool's constructor until so many hosts are ready. ours_ready.py PACKAGE SCRIPT SECONDS OPTIONS HOSTS

SECONDS: those of the import. OPTIONS: of the pool, as JSON.
"""

import os
import sys
import time

import ours_started
from runner import serve_measured

if __name__ == "__main__":
    script, os.environ["IMPORT_SECONDS"], options, hosts = sys.argv[2:]

    def start():
        began = time.perf_counter()
        with ours_started.pool(script, int(hosts), options) as pool:
            ours_started.wait_for_hosts(pool, int(hosts))
            took = time.perf_counter() - began
            ours_started.check(pool.call_api("x"), options)
        return took * 1e6

    serve_measured(lambda count: [start() for _ in range(count)])
