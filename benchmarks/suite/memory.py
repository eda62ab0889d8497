"""Resident memory of an idle host beside a plain python with the same script."""

import json
import os
import statistics
import subprocess
from pathlib import Path

from .ratios import ECHO
from .setting import PROVIDERS


def resident_mib(pid):
    return _status_mib(pid, "VmRSS")


def most_resident_mib(pid):
    """The most that it has held so far."""
    return _status_mib(pid, "VmHWM")


def _status_mib(pid, field):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"no memory of process {pid}")


def hosts_of(pid):
    """The processes of a pool's hosts: children of one of its threads, which started them."""
    children = [(thread / "children").read_text().split() for thread in Path(f"/proc/{pid}/task").iterdir()]
    return [int(child) for child in sum(children, [])]


def measure(setting):
    """{"host's memory": MiB, "python's memory": MiB}, medians of some processes each, after one call."""
    rounds = [_measure_once(setting) for _ in range(1 if setting.quick else 5)]
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def _measure_once(setting):
    pool = subprocess.Popen(
        setting.program("pool_echo", 1, ECHO), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    python = subprocess.Popen(
        setting.peer("idle_python", ECHO.stem),
        env=os.environ | {"PYTHONPATH": str(PROVIDERS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for process in (pool, python):
            if process.stdout.readline().strip() != "ready":
                raise OSError(f"{process.args[0]} did not start")
        pool.stdin.write("1\n")
        pool.stdin.flush()
        json.loads(pool.stdout.readline())
        return {
            "host's memory": resident_mib(hosts_of(pool.pid)[0]),
            "python's memory": resident_mib(python.pid),
        }
    finally:
        for process in (pool, python):
            process.stdin.close()
            process.wait(20)
            process.stdout.close()
