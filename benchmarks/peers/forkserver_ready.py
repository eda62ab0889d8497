"""From the start of a fork server until so many workers have answered. forkserver_ready.py SCRIPT SECONDS WORKERS

SCRIPT: its name as a module. SECONDS: those of the import.
"""

import os
import sys
import time

from forkserver_worker import Worker, context_for, stop_server
from runner import serve_measured

if __name__ == "__main__":
    script, os.environ["IMPORT_SECONDS"], count = sys.argv[1:]
    context = context_for(script)

    def start():
        began = time.perf_counter()
        workers = [Worker(context, script) for _ in range(int(count))]
        for worker in workers:
            worker.send("x", {})
        for worker in workers:
            worker.answer()
        took = time.perf_counter() - began
        for worker in workers:
            worker.end()
        stop_server()
        return took * 1e6

    serve_measured(lambda count: [start() for _ in range(count)])
