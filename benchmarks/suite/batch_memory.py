"""Memory of `provider-host batch` while it reads millions of lines from a pipe."""

import subprocess
import sys
import threading

from .memory import hosts_of, most_resident_mib
from .ratios import ECHO
from .runner import Failed
from .setting import PEERS

sys.path.insert(0, str(PEERS))
from batch_lines import write_lines  # noqa: E402

LINES = 10_000_000
SAMPLES = 50
LIMIT = 1200  # seconds for all lines
PARENT, HOST = "parent", "host"


def measure(setting, advance):
    """[{"n": lines so far, "parent": MiB, "host": MiB}], the most memory that each has held until then."""
    lines = setting.scaled(LINES)
    command = setting.program("provider-host", "batch", ECHO, "-", "--input-format", "jsonl")
    command += ["--python", setting.python]
    batch = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    watch = threading.Timer(LIMIT, batch.kill)
    watch.start()
    points = []
    try:
        for sample in range(SAMPLES):
            write_lines(batch.stdin, lines * sample // SAMPLES, lines * (sample + 1) // SAMPLES)
            batch.stdin.flush()
            [host] = hosts_of(batch.pid)
            memory = {PARENT: most_resident_mib(batch.pid), HOST: most_resident_mib(host)}
            points.append({"n": lines * (sample + 1) // SAMPLES} | memory)
            advance(f"memory of a batch: {points[-1]['n']:,} lines")
        _, stderr = batch.communicate()
    except (OSError, ValueError) as error:
        batch.kill()
        _, stderr = batch.communicate()
        raise Failed(f"{error}: {stderr.decode(errors='replace').strip()[-300:]}") from None
    finally:
        watch.cancel()
    if batch.returncode != 0:
        raise Failed(f"batch exited with {batch.returncode}: {stderr.decode(errors='replace').strip()[-300:]}")
    return points


def ends_of(points):
    """The point after a tenth of the lines, and the last."""
    return next(point for point in points if point["n"] * 10 >= points[-1]["n"]), points[-1]


def values_of(points):
    """Both processes together after a tenth of the lines and after all of them, in MiB; empty without points."""
    names = ("batch, a tenth of them", "batch, all lines")
    return {name: point[PARENT] + point[HOST] for name, point in zip(names, ends_of(points))} if points else {}
