"""Memory of a pool's processes, over calls that are spread over its hosts.

ours_memory.py PACKAGE SCRIPT OPTIONS HOSTS CALLS...
Prints {"calls", "pss"} after one call of each host, and after so many CALLS more: MiB of template and hosts.
"""

import json
import os
import sys

import ours_started
from process_memory import proportional_mib, tree

if __name__ == "__main__":
    script, options = sys.argv[2:4]
    hosts, *marks = map(int, sys.argv[4:])
    with ours_started.pool(script, hosts, options) as pool:

        def call(first, last, seconds):
            """Calls with the same key go to the same host."""
            prompts = [str(number) for number in range(first, last)]
            results = list(pool.map(prompts, {"seconds": seconds}, affinity=lambda prompt: str(int(prompt) % hosts)))
            for result in results:
                ours_started.check(result, options)
            return {result["pid"] for result in results}

        def show(calls):
            print(json.dumps({"calls": calls, "pss": proportional_mib(tree(os.getpid())[1:])}), flush=True)

        ours_started.wait_for_hosts(pool, hosts)
        used = call(0, hosts, 0.3)
        if len(used) != hosts:
            raise SystemExit(f"{len(used)} of {hosts} hosts had a call")
        show(0)
        done = 0
        for mark in marks:
            call(done, mark, 0)
            done = mark
            show(done)
