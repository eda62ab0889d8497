"""Memory of a fork server and its workers, as ours_memory.py. forkserver_memory.py SCRIPT WORKERS CALLS...

SCRIPT: its name as a module.
"""

import json
import sys

from forkserver_worker import Worker, context_for, server_pid
from process_memory import proportional_mib, tree

if __name__ == "__main__":
    script = sys.argv[1]
    count, *marks = map(int, sys.argv[2:])
    context = context_for(script)
    workers = [Worker(context, script) for _ in range(count)]

    def call(first, last):
        for start in range(first, last, count):
            numbers = range(start, min(last, start + count))
            for number in numbers:
                workers[number % count].send(str(number), {})
            for number in numbers:
                workers[number % count].answer()

    def show(calls):
        print(json.dumps({"calls": calls, "pss": proportional_mib(tree(server_pid()))}), flush=True)

    call(0, count)
    show(0)
    done = 0
    for mark in marks:
        call(done, mark)
        done = mark
        show(done)
    for worker in workers:
        worker.end()
