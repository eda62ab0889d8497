"""Starts: how soon there is a host again after a crash, how soon there are many, and what memory they take together.
Beside hosts that import the script, and beside the fork server of multiprocessing."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from .ratios import Ratio
from .runner import Failed, Runner, run_once, summary
from .setting import PROVIDERS

IMPORT = PROVIDERS / "objects_import.py"
FRESH, PRELOAD, SPARE, BOTH = "fresh", "preload", "a spare", "preload and a spare"
SERVER, BARE = "fork server", "fork server, bare"
OPTIONS = {
    FRESH: "{}",
    PRELOAD: '{"preload": true}',
    SPARE: '{"spares": 1}',
    BOTH: '{"preload": true, "spares": 1}',
}
CALLS = (1_000, 10_000)  # over which memory is looked at
LIMIT = 120  # seconds of such a run
# What hosts share: the script, the packages it needs, MiB of one host, and the numbers of hosts.
DATA = {
    "500 MB of NumPy data": ("shared_array", ["numpy"], 550, (1, 4, 16)),
    "a scikit-learn model": ("shared_model", ["numpy", "sklearn"], 250, (1, 4, 16)),
    "a million Python objects": ("shared_objects", [], 150, (1, 4)),
}


def crash(seconds, how):
    return f"crash to answer, import of {seconds:g} s, {how}"


def ready(hosts, seconds, how):
    return f"{hosts} ready, import of {seconds:g} s, {how}"


def memory(data, how, hosts, calls):
    return f"{data}, {how}, hosts: {hosts}, after {calls:,} calls"


ONE_FRESH = memory("500 MB of NumPy data", FRESH, 1, 0)
FOUR_FORKS = memory("500 MB of NumPy data", PRELOAD, 4, CALLS[-1])
FORKED = crash(1, PRELOAD)

RATIOS = [
    Ratio("crash_to_ready_fresh_over_preload", crash(1, FRESH), FORKED, FORKED, "≥ 100"),
    Ratio("crash_to_ready_fresh_over_spare", crash(1, FRESH), crash(1, SPARE), crash(1, SPARE), "≥ 100"),
    Ratio("forkserver_preload_over_ours", crash(1, SERVER), FORKED, FORKED, "≥ 3"),
    Ratio("bare_forkserver_over_ours", crash(1, BARE), FORKED, FORKED, "≥ 1"),
    Ratio("ready_16_over_ready_1_preload", ready(16, 1, PRELOAD), ready(1, 1, PRELOAD), ready(16, 1, PRELOAD), "≤ 1.1"),
    Ratio("pss_4_hosts_over_1", FOUR_FORKS, ONE_FRESH, FOUR_FORKS, "≤ 1.15", "MiB"),
]


class CrashRunner(Runner):
    """One whose durations are pairs: from when the crash was known, which are its `samples`, and from the call on that
    crashed."""

    def __init__(self, name, command, count):
        super().__init__(name, command, count)
        self._from_call = []

    def run(self, count):
        known, from_call = zip(*super().run(count))
        self._from_call += from_call
        return list(known)

    def summary_from_call(self):
        return summary(self._from_call[-len(self.samples) :])


def groups(setting):
    """As ratios.groups()."""

    def ours(kind, name, seconds, how, *more, count=1, of=Runner):
        arguments = (setting.package, IMPORT, seconds, OPTIONS[how], *more)
        return of(name, setting.peer(kind, *arguments, from_pypi=True), count)

    def crashes(seconds, ways):
        for how, count in ways.items():
            if how in OPTIONS:
                yield ours("ours_crash", crash(seconds, how), seconds, how, count=count, of=CrashRunner)
            else:
                main = "bare" if how == BARE else "main"
                command = setting.peer("forkserver_crash", IMPORT.stem, seconds, main, from_pypi=True)
                yield CrashRunner(crash(seconds, how), command, count)

    def starts(seconds, hosts, ways):
        for number in hosts:
            for how in ways:
                name = ready(number, seconds, how)
                if how in OPTIONS:
                    yield ours("ours_ready", name, seconds, how, number)
                else:
                    command = setting.peer("forkserver_ready", IMPORT.stem, seconds, number, from_pypi=True)
                    yield Runner(name, command, 1)

    some = {FRESH: 1, PRELOAD: 10, SPARE: 1, BOTH: 10, SERVER: 10, BARE: 10}
    few = {FRESH: 1, PRELOAD: 10, SPARE: 1, SERVER: 10}
    quick = [
        ("crashes, import of 0.1 s", 10, list(crashes(0.1, some))),
        ("crashes, import of 1 s", 6, list(crashes(1, some))),
        ("starts, import of 0.1 s", 4, list(starts(0.1, (1, 4, 16), (FRESH, PRELOAD, SERVER)))),
        ("starts, import of 1 s", 3, list(starts(1, (1, 4, 16), (FRESH, PRELOAD)))),
    ]
    slow = [
        ("crashes, import of 5 s", 1, list(crashes(5, few))),
        ("starts, import of 5 s", 1, list(starts(5, (16,), (FRESH, PRELOAD)))),
    ]
    return quick if setting.quick else quick + slow


def from_calls(runners):
    """{name: summary} of the crashes from the call on."""
    crashed = [one for one in runners if isinstance(one, CrashRunner) and one.samples]
    return {f"{one.name}, from the call": one.summary_from_call() for one in crashed}


# --- memory


def memory_runs(setting):
    """[(data, how, hosts, command, MiB that it may take)]"""
    runs = []
    for data, (script, _, mib, numbers) in DATA.items():
        for hosts in numbers:
            for how in (FRESH, PRELOAD):
                more = () if how == FRESH else CALLS
                arguments = (setting.package, PROVIDERS / f"{script}.py", OPTIONS[how], hosts, *more)
                command = setting.peer("ours_memory", *arguments, from_pypi=True)
                runs.append((data, how, hosts, command, mib * (hosts if how == FRESH else 2)))
            command = setting.peer("forkserver_memory", script, hosts, *CALLS, from_pypi=True)
            runs.append((data, SERVER, hosts, command, mib * 2))
    return runs


def measure_memory(setting, missing, advance):
    """[{"data", "how", "hosts", "calls", "pss": MiB of all hosts and what they are forked from}]. What cannot be
    measured is in `missing`."""
    measured = []
    for data, how, hosts, command, mib in memory_runs(setting):
        name = f"{data}, {how}, hosts: {hosts}"
        advance(f"memory: {name}")
        absent = [package for package in DATA[data][1] if importlib.util.find_spec(package) is None]
        try:
            if absent:
                raise Failed(f"{absent[0]} is not installed; scripts/install-deps bench demo installs it")
            if mib > available_mib():
                raise Failed(f"it takes {mib:,} MiB, and {available_mib():,.0f} are free")
            lines = run_once(command, LIMIT).splitlines()
        except Failed as failure:
            missing[name] = str(failure)
            continue
        measured += [{"data": data, "how": how, "hosts": hosts} | json.loads(line) for line in lines]
    return measured


def available_mib():
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) / 1024


def values_of(medians, measured):
    """`medians` by the runners' names, and the memory."""
    return medians | {memory(*(one[key] for key in ("data", "how", "hosts", "calls"))): one["pss"] for one in measured}


def pairs(values):
    """What is measured of a fork server and of us: {what: (ours, theirs, unit)}."""
    found = {}
    for name in values:
        server = BARE if BARE in name else SERVER
        ours = name.replace(server, PRELOAD)
        if ours != name:
            found[name.replace(f", {SERVER}", "")] = (ours, name, "MiB" if "hosts:" in name else "µs")
    return found


def memory_rows(measured):
    """Data, how, hosts, and MiB after each number of calls, for a table."""
    rows = {}
    for one in measured:
        rows.setdefault((one["data"], one["how"], f"{one['hosts']}"), {})[one["calls"]] = one["pss"]
    for row, pss in rows.items():
        yield (*row, *(f"{pss[calls]:,.0f}" if calls in pss else "" for calls in (0, *CALLS)))
