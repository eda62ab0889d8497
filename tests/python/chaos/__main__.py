"""Attacks pools from Python in every known way, and checks that no call is lost: the twin of provider-host-chaos.

    python tests/python/chaos --calls 200000
    python tests/python/chaos --scenes load --seed 7 --fault-rate 0.1

Threads make calls in every way that the package has, and now and then one that comes with a fault; then scenes follow
that need pools or programs of their own. Which calls are made follows from the seed alone. The exit code is 0 when all
that has to hold holds, else 1. docs/testing.md tells more.
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
from findings import Findings  # noqa: E402
from load import Load  # noqa: E402
from surroundings import Surroundings  # noqa: E402

SCENES = {"load": lambda settings, findings: Load(settings).run(findings), **scenes.ALL}


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
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # development mode warns of what takes long, on a busy machine
    print(f"seed {settings.seed}", flush=True)
    start = time.monotonic()
    findings = Findings()
    surroundings = Surroundings()
    for name in settings.scenes.split(","):
        print(f"scene: {name}", flush=True)
        SCENES[name](settings, findings)
    surroundings.check(findings)
    findings.show()
    verdict = "PASS" if findings.hold() else "FAIL"
    print(f"{findings.calls} calls in {time.monotonic() - start:.1f} s, seed {settings.seed}: {verdict}")
    return 0 if findings.hold() else 1


if __name__ == "__main__":
    sys.exit(main())
