"""What a call costs the driver of a RayPool: the figures of docs/howto/cluster_planning.md.

ray_driver.py ADDRESS PACKAGE SCRIPT CALLS SECONDS BYTES CONCURRENCY ACTORS. SCRIPT is providers/waits.py. Prints the
microseconds of a call, of processor time in the driver's process alone, and the calls a second that this is; and the
MiB of the driver at most.
"""

import json
import resource
import sys
import time

sys.path.insert(0, sys.argv[2])

from provider_host.ray import RayPool  # noqa: E402


def main():
    address, _, script = sys.argv[1:4]
    calls, seconds, size, concurrency, actors = (float(word) for word in sys.argv[4:])
    prompt = "x" * int(size)
    options = {"config": {"seconds": seconds}}
    with RayPool(script, actors=int(actors), concurrency=int(concurrency), address=address) as pool:
        for _ in range(2):  # the first round is not counted
            begin, used = time.perf_counter(), time.process_time()
            results = pool.map([prompt] * int(calls), options, unordered=True)
            done = sum(result["output"] == prompt for result in results)
            took, used = time.perf_counter() - begin, time.process_time() - used
    entry = {"us": used / done * 1e6, "most_per_s": done / used, "measured_per_s": done / took}
    entry["mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "bytes": size, "concurrency": concurrency, "actors": actors} | entry))


if __name__ == "__main__":
    main()
