"""Where the package under test is, build/python or $PROVIDER_HOST_PACKAGE, and what its tests share."""

import gc
import os
import select
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = os.environ.get("PROVIDER_HOST_PACKAGE", str(ROOT / "build" / "python"))
sys.path.insert(0, PACKAGE)

PROVIDERS = Path(__file__).resolve().parent / "providers"


def alive(pid):
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until(condition):
    """Waits for an event; the limit of the test is the only one."""
    while not condition():
        time.sleep(0.002)


def growing_limits(first):
    """Seconds, twice as many each time: for limits that have to pass, though not before some code has got somewhere.
    The test takes the first that was long enough on this machine."""
    while True:
        yield first
        first *= 2


def wait_until_collected(reference):
    """Returns when the object of a weak reference is gone. A thread of a pool may have it in use for a moment."""

    def is_collected():
        gc.collect()
        return reference() is None

    wait_until(is_collected)


def wait_until_gone(pid):
    """Returns when the process has ended; the limit of the test is the only one."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    select.select([descriptor], [], [])
    os.close(descriptor)
