"""What the tests of pools on Ray share."""

from pathlib import Path

STORE = 100 << 20
"""Bytes of the object store of each node; Ray's minimum is 75 MiB."""
PROVIDERS = Path(__file__).resolve().parent / "providers"


def ready_nodes(pool):
    """The ids of the nodes of all actors that are ready."""
    return sorted(actor["node"] for actor in pool.stats()["actors"] if actor["state"] == "ready")
