"""Where things are, and on what machine."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
PROVIDERS = BENCHMARKS / "providers"
PEERS = BENCHMARKS / "peers"

PACKAGES = ("loky", "pebble", "litserve", "ray", "fastapi", "uvicorn")  # peers from PyPI
NOW, BEFORE = "now", "before"  # the builds that are measured


@dataclass(frozen=True)
class Setting:
    """`programs`: directory of the C++ runners; `python`: the interpreter hosts embed; `venv_python`: the one with
    peers from PyPI; `output`: where results go; `quick`: a tenth of everything, for a look; `wrapper`: promptfoo's
    worker or None; `baseline`: `programs` of another build, to be measured beside this one, or None."""

    programs: Path
    python: str
    venv_python: str
    output: Path
    quick: bool
    wrapper: Path | None
    baseline: Path | None = None

    @property
    def package(self):
        """The directory that the Python package is imported from."""
        return self.programs.parent / "python"

    def builds(self):
        """[(name, setting)]: this build, and the baseline first when there is one."""
        other = [] if self.baseline is None else [(BEFORE, replace(self, programs=self.baseline, baseline=None))]
        return [*other, (NOW, self)]

    def program(self, name, *arguments):
        return [str(self.programs / name), *map(str, arguments)]

    def peer(self, name, *arguments, from_pypi=False):
        return [self.venv_python if from_pypi else self.python, str(PEERS / f"{name}.py"), *map(str, arguments)]

    def scaled(self, count):
        return max(3, count // 10) if self.quick else count


def machine():
    """A line about the machine: processor, cores, kernel, Python."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores, Linux {platform.release()}, CPython {platform.python_version()}"


def versions(python):
    """Of the peers and of the project, and how `python` starts the processes of multiprocessing; unknown ones are left
    out."""
    known = {"python": platform.python_version()}
    for peer in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            known[peer] = importlib.metadata.version(peer)
    code = "import multiprocessing; print(multiprocessing.get_start_method())"
    ran = subprocess.run([python, "-c", code], capture_output=True, text=True)
    if ran.returncode == 0:
        known["multiprocessing starts by"] = ran.stdout.strip()
    commit = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
    if commit.returncode == 0:
        known["commit"] = commit.stdout.strip()
    return known
