"""What the tests of pools on Ray share."""

import time
from pathlib import Path

PROVIDERS = Path(__file__).resolve().parent / "providers"


def wait_until(condition):
    """Waits for an event; the limit of the test is the only one."""
    while not condition():
        time.sleep(0.02)


def ready_nodes(pool):
    """The ids of the nodes of all actors that are ready."""
    return sorted(actor["node"] for actor in pool.stats()["actors"] if actor["state"] == "ready")
