"""Durations around crashes, for ours_crash.py and forkserver_crash.py."""

import json
import sys
import time


def serve(prepare, crash, answer, rest):
    """`N` on stdin, and on stdout a JSON array of N pairs in microseconds: from when the caller knew of a crash until
    the next call was answered, and from when the call was sent that crashes until then.

    `prepare()` is called first, while others do the same. `crash()` makes a call that ends its process, and returns
    when that is known. `answer()` makes the next call and checks it. `rest()` waits until all is as before.
    """
    print("ready", flush=True)
    prepare()
    for line in sys.stdin:
        durations = []
        for _ in range(int(line)):
            sent = time.perf_counter()
            crash()
            known = time.perf_counter()
            answer()
            answered = time.perf_counter()
            durations.append([(answered - known) * 1e6, (answered - sent) * 1e6])
            rest()
        print(json.dumps(durations), flush=True)
