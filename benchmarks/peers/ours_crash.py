"""How soon a pool of one host answers again after a crash. ours_crash.py PACKAGE SCRIPT SECONDS OPTIONS

SECONDS: those of the import. OPTIONS: of the pool, as JSON.
"""

import os
import sys

import crashes
import ours_started
from ours_started import provider_host

if __name__ == "__main__":
    script, os.environ["IMPORT_SECONDS"], options = sys.argv[2:]
    with ours_started.pool(script, 1, options) as pool:

        def crash():
            try:
                pool.call_api("die")
            except provider_host.HostCrashed:
                return
            raise SystemExit("no crash")

        def answer():
            ours_started.check(pool.call_api("x"), options)

        def rest():
            ours_started.wait_for_spares(pool, options)

        def prepare():
            answer()
            rest()

        crashes.serve(prepare, crash, answer, rest)
