"""A pool of Provider Host whose hosts are what they are said to be."""

import json
import os
import sys
import time

sys.path.insert(0, sys.argv[1])

import provider_host  # noqa: E402

PIECE = 0.0005  # seconds between two looks


def pool(script, workers, options):
    """`options` are JSON. It starts in the background."""
    own = {"wait_for_start": False, "max_consecutive_crashes": 1_000_000, "log": _log}
    return provider_host.Pool(script, workers, python=sys.executable, **own, **json.loads(options))


def _log(level, host, source, text):
    if "preload is off" in text:
        print(text, file=sys.stderr, flush=True)
        os._exit(1)


def check(result, options):
    """Whether the host has imported the script by itself, or is a fork of a template that has."""
    is_fork = result["imported_by"] != result["pid"]
    if is_fork != bool(json.loads(options).get("preload")):
        raise SystemExit(f"not the host that was asked for: {result}")


def wait_for_spares(pool, options):
    while pool.stats()["spares"] < json.loads(options).get("spares", 0):
        time.sleep(PIECE)


def wait_for_hosts(pool, count):
    while sum(host["state"] == "ready" for host in pool.stats()["hosts"]) < count:
        time.sleep(PIECE)
