"""Where the time of a line of a batch goes: processor time of both processes by part, sampled with perf."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from .ratios import ECHO
from .runner import Failed
from .setting import PEERS

sys.path.insert(0, str(PEERS))
from batch_lines import write_lines  # noqa: E402

LINES = 100_000
FREQUENCY = 997  # samples a second of each processor's time
STACK_BYTES = 4096
LIMIT = 300  # seconds for one step
# What a sample of the kernel counts as: the first of these that matches any frame.
KERNEL_PARTS = [
    ("spinning", r"sched_yield"),
    ("sockets", r"sendmsg|sendto|recvfrom|recvmsg|libc_send|libc_recv|process::(send|read)_some"),
    ("waking and waiting", r"futex|lll_lock|epoll|poll|pthread_cond|pthread_mutex|eventfd|wake"),
]
# A sample of the parent is the pool's or the batch's, as the innermost frame says that belongs to one of them.
OWNER = re.compile(r"provider_host::(internal|wire|process|cli)::")
WRITING = re.compile(r"provider_host::cli::.*(write|output|Output|quote|[Rr]ecord|append)")
READING, WRITTEN, POOL, HOST = "reading and ordering lines", "writing results", "pool", "host: values and the function"
KERNEL_REST = "files, page faults, interrupts"
PARTS = [READING, POOL, WRITTEN, HOST, "sockets", "waking and waiting", "spinning", KERNEL_REST]


def measure(setting, workers, advance):
    """{"label", "total", "parts": [{"what", "us"}]}: microseconds of processor time a line, start and end included."""
    if shutil.which("perf") is None:
        raise Failed("there is no perf; Debian has it in linux-perf")
    advance(f"parts of a line: {workers} workers")
    lines = setting.scaled(LINES)
    with tempfile.TemporaryDirectory() as directory:
        source, recording = Path(directory, "input.jsonl"), Path(directory, "perf.data")
        with source.open("wb") as file:
            write_lines(file, 0, lines)
        batch = setting.program("provider-host", "batch", ECHO, source, "-o", Path(directory, "output.jsonl"))
        batch += ["--workers", str(workers), "--python", setting.python]
        record = ["perf", "record", "-q", "-F", str(FREQUENCY), "-e", "cpu-clock"]
        run([*record, "--call-graph", f"dwarf,{STACK_BYTES}", "-o", str(recording), *batch])
        script = run(["perf", "script", "-i", str(recording), "-F", "comm,pid,tid,time,period,ip,sym,dso"])
    parts = Counter()
    for sample in script.split("\n\n"):
        part, ns = part_of(sample)
        parts[part] += ns
    del parts[None]
    by_part = [{"what": part, "us": parts[part] / 1000 / lines} for part in PARTS]
    return {"workers": workers, "total": sum(part["us"] for part in by_part), "parts": by_part}


def part_of(sample):
    """(part, nanoseconds) of one sample of `perf script`; the part is None for other programs."""
    head, *frames = [line for line in sample.split("\n") if line.strip()] or [""]
    known = re.match(r"\s*(provider-host\S*)\s+\d+/\d+\s+[\d.]+:\s+(\d+)", head)
    if known is None:
        return None, 0
    ns = int(known[2])
    if frames and "[kernel.kallsyms]" in frames[0]:
        stack = "\n".join(frames)
        return next((part for part, pattern in KERNEL_PARTS if re.search(pattern, stack)), KERNEL_REST), ns
    if known[1] != "provider-host":  # its name is cut to "provider-host-p"
        return HOST, ns
    owner = next((found[1] for found in map(OWNER.search, frames) if found), "internal")
    if owner != "cli":
        return POOL, ns
    return (WRITTEN if any(map(WRITING.search, frames)) else READING), ns


def run(command):
    try:
        ran = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=LIMIT)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from None
    if ran.returncode != 0:
        raise Failed(f"{' '.join(command[:2])} exited with {ran.returncode}: {ran.stderr.strip()[-300:]}")
    return ran.stdout
