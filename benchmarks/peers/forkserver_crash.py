"""How soon a new worker of a fork server answers after a crash. forkserver_crash.py SCRIPT SECONDS main|bare

SCRIPT: its name as a module. SECONDS: those of the import. bare: workers do not run the file of this program again.
"""

import os
import sys

import crashes
from forkserver_worker import Worker, context_for, without_main

if __name__ == "__main__":
    script, os.environ["IMPORT_SECONDS"], how = sys.argv[1:]
    if how == "bare":
        without_main()
    context = context_for(script)
    workers = []

    def crash():
        try:
            workers[-1].ask("die", {})
        except EOFError:
            return
        raise SystemExit("no crash")

    def answer():
        workers.append(Worker(context, script))
        workers[-1].ask("x", {})

    def rest():
        workers.pop(0).end()

    crashes.serve(answer, crash, answer, rest)
