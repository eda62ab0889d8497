"""Finds descriptors, threads and processes that a run has left."""

import gc
import os
import sys
import threading
import time
from pathlib import Path


def children():
    """Living children of this process, zombies included, with their names."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, _, fields = (entry / "stat").read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            if int(fields.split()[1]) == os.getpid():
                found[int(entry.name)] = f"{name} ({fields.split()[0]})"
    return found


def count(directory):
    return len(os.listdir(directory))


class Leftovers:
    """Descriptors, threads and processes before the run, and uncaught exceptions."""

    GRACE = 20  # seconds until what is ending must have ended

    def __init__(self):
        self._uncaught = []
        sys.unraisablehook = lambda args: self._uncaught.append(f"unraisable: {args.exc_value!r} in {args.object!r}")
        threading.excepthook = lambda args: self._uncaught.append(f"in a thread: {args.exc_value!r}")
        self._warm_up()
        self._descriptors = count("/proc/self/fd")
        self._threads = count("/proc/self/task")

    def _warm_up(self):
        from load import new_pool

        with new_pool() as pool:
            pool.call_api("warm-up")

    def check(self, report):
        gc.collect()
        end = time.monotonic() + self.GRACE
        while self._found() and time.monotonic() < end:
            time.sleep(0.01)
        report.check("no process, thread or descriptor is left", self._found())
        report.check("no exception was uncaught", self._uncaught)

    def _found(self):
        left = [f"process {pid}: {name}" for pid, name in children().items()]
        for what, directory, before in (
            ("descriptors", "/proc/self/fd", self._descriptors),
            ("threads", "/proc/self/task", self._threads),
        ):
            if count(directory) > before:
                left.append(f"{before} {what} before, {count(directory)} after")
        return left
