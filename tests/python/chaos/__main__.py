"""Injects faults into pools from Python, and checks that no call is lost. provider-host-chaos does so from C++.

    python tests/python/chaos --calls 200000
    python tests/python/chaos --scenes load --seed 7 --fault-rate 0.1

Threads make calls in every way that the package has, some with an injected fault. Then scenes follow that need pools
or programs of their own. The seed alone decides which calls are made. The exit code is 0 when all invariants hold, else
1. See docs/testing.md.
"""

import argparse
import logging
import os
import random
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), os.environ.get("PROVIDER_HOST_PACKAGE", str(HERE.parents[2] / "build" / "python"))]

import scenes  # noqa: E402
from report import Report  # noqa: E402
from load import Load  # noqa: E402
from leftovers import Leftovers  # noqa: E402

SCENES = {"load": lambda settings, report: Load(settings).run(report), **scenes.ALL}


def parse_arguments():
    parser = argparse.ArgumentParser("chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=5000, help="in all threads of the load together (%(default)s)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1 << 32))
    parser.add_argument("--threads", type=int, default=6, help="that make calls (%(default)s)")
    parser.add_argument("--workers", type=int, default=3, help="hosts (%(default)s)")
    parser.add_argument("--concurrency", type=int, default=1, help="calls in flight in one host (%(default)s)")
    parser.add_argument("--fault-rate", type=float, default=0.01, help="share of calls with a fault (%(default)s)")
    parser.add_argument("--rounds", type=int, default=10, help="of each scene but the load (%(default)s)")
    parser.add_argument("--scenes", default=",".join(SCENES), help="only these, separated by commas (%(default)s)")
    return parser.parse_args()


def main():
    settings = parse_arguments()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # in development mode it warns of slow steps
    print(f"seed {settings.seed}", flush=True)
    start = time.monotonic()
    report = Report()
    leftovers = Leftovers()
    for name in settings.scenes.split(","):
        print(f"scene: {name}", flush=True)
        SCENES[name](settings, report)
    leftovers.check(report)
    report.show()
    verdict = "PASS" if report.hold() else "FAIL"
    print(f"{report.calls} calls in {time.monotonic() - start:.1f} s, seed {settings.seed}: {verdict}")
    return 0 if report.hold() else 1


if __name__ == "__main__":
    sys.exit(main())
