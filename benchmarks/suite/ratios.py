"""What is measured against what, and the goals: single calls, JSON and starts. throughput.py has many at once."""

from dataclasses import dataclass, replace

from .runner import Runner
from .setting import PROVIDERS

KIB = 1024
ECHO = PROVIDERS / "echo.py"
ASYNC_ECHO = PROVIDERS / "async_echo.py"
SLOW_IMPORT = PROVIDERS / "slow_import.py"
EMBEDDING = PROVIDERS / "embedding.py"
SIZES = {"256 B": 256, "64 KiB": 64 * KIB, "1 MiB": KIB * KIB}
# More sizes, for the curve only: label, bytes, calls a round.
BETWEEN = [
    ("4 KiB", 4 * KIB, 1000),
    ("16 KiB", 16 * KIB, 700),
    ("256 KiB", 256 * KIB, 150),
    ("4 MiB", 4 * KIB * KIB, 15),
]
PAYLOADS = dict(sorted((SIZES | {label: size for label, size, _ in BETWEEN}).items(), key=lambda item: item[1]))


@dataclass(frozen=True)
class Ratio:
    """`over` / `under` of two measured values in `unit`; `goal` is a bound, "≤ 1.5" or "≥ 10". `ours` names which of
    the two is Provider Host's."""

    name: str
    over: str
    under: str
    ours: str
    goal: str
    unit: str = "µs"

    def entry(self, values):
        """For results.json: name, ratio, ours, theirs, unit, goal, holds. KeyError when a value is missing."""
        ratio = values[self.over] / values[self.under]
        theirs = self.under if self.ours == self.over else self.over
        bound = float(self.goal[2:].replace(",", ""))
        return {
            "name": self.name,
            "ratio": ratio,
            "ours": values[self.ours],
            "theirs": values[theirs],
            "unit": self.unit,
            "goal": self.goal,
            "holds": ratio <= bound if self.goal.startswith("≤") else ratio >= bound,
        }


def over_ours(name, peer, goal, ours="ours 256 B"):
    return Ratio(f"{name}_over_ours", peer, ours, ours, goal)


RATIOS = [
    Ratio("rtt_256B_over_pingpong", "ours 256 B", "ping-pong 256 B", "ours 256 B", "≤ 1.5"),
    Ratio("rtt_64KiB_over_pingpong", "ours 64 KiB", "ping-pong 64 KiB", "ours 64 KiB", "≤ 2"),
    Ratio("rtt_1MiB_over_pingpong", "ours 1 MiB", "ping-pong 1 MiB", "ours 1 MiB", "≤ 2.5"),
    over_ours("process_pool_executor", "ProcessPoolExecutor", "≥ 10"),
    over_ours("loky", "loky", "≥ 10"),
    over_ours("pebble", "pebble", "≥ 10"),
    over_ours("multiprocessing_pool", "multiprocessing.Pool", "≥ 4"),
    over_ours("promptfoo_worker", "promptfoo's worker", "≥ 25"),
    over_ours("fresh_interpreter", "fresh interpreter", "≥ 20,000", "ours, slow import"),
    Ratio("embedding_python_json_over_ours", "embedding, Python's json", "embedding, ours", "embedding, ours", "≥ 5"),
    Ratio("host_ready_over_python_import", "host ready", "python imports", "host ready", "≤ 1.2"),
    Ratio("host_rss_over_python", "host's memory", "python's memory", "host's memory", "≤ 1.1", "MiB"),
]


def groups(setting):
    """[(title, rounds, runners)]: the runners of a group are alive at the same time."""
    program, peer = setting.program, setting.peer

    def runner(name, command, count):
        return Runner(name, command, setting.scaled(count))

    def sizes(label, size, count):
        return [
            runner(f"ours {label}", program("pool_echo", size, ECHO), count),
            runner(f"ping-pong {label}", program("ping_pong", size), count),
            runner(f"spinning ping-pong {label}", program("ping_pong", size, "spin"), count),
        ]

    peers = [
        runner("ProcessPoolExecutor", peer("process_pool_executor", 256), 200),
        runner("multiprocessing.Pool", peer("multiprocessing_pool", 256), 300),
        runner("loky", peer("loky_pool", 256, from_pypi=True), 200),
        runner("pebble", peer("pebble_pool", 256, from_pypi=True), 100),
    ]
    if setting.wrapper is not None:
        peers.append(runner("promptfoo's worker", peer("promptfoo_worker", 256, setting.wrapper, ECHO), 100))
    return [
        ("256 B and its peers", 20, sizes("256 B", 256, 2000) + peers),
        ("64 KiB", 25, sizes("64 KiB", 64 * KIB, 400)),
        ("1 MiB", 25, sizes("1 MiB", KIB * KIB, 60)),
        *((label, 8, sizes(label, size, count)) for label, size, count in BETWEEN),
        (
            "a slow import",
            10,
            [
                runner("ours, slow import", program("pool_echo", 256, SLOW_IMPORT), 2000),
                Runner("fresh interpreter", peer("fresh_interpreter", 256, SLOW_IMPORT), 1),
            ],
        ),
        (
            "an embedding of 15,360 floats",
            20,
            [
                runner("write, ours", program("embedding", "write", EMBEDDING), 40),
                runner("write, Python's json", peer("python_json", "write"), 20),
                runner("read, ours", program("embedding", "read", EMBEDDING), 40),
                runner("read, Python's json", peer("python_json", "read"), 20),
            ],
        ),
        (
            "a start",
            25,
            [
                Runner("host ready", program("pool_ready", "host", ECHO, setting.python), 3),
                Runner("pool constructed", program("pool_ready", "pool", ECHO, setting.python), 3),
                Runner("python imports", peer("import_script", ECHO), 3),
            ],
        ),
    ]


def values_of(medians):
    """`medians` by the runners' names, and the sums that ratios are made of."""
    values = dict(medians)
    for who in ("ours", "Python's json"):
        if f"write, {who}" in values and f"read, {who}" in values:
            values[f"embedding, {who}"] = values[f"write, {who}"] + values[f"read, {who}"]
    return values


def rates(medians, durations):
    """{name: operations a second} for {name: the runner whose microseconds they take}; unknown ones are left out."""
    return {name: 1e6 / medians[runner] for name, runner in durations.items() if runner in medians}


BEFORE = "before: "  # begins the name of a runner of the other build


def with_baseline(groups, setting):
    """The groups of `groups(setting)`, each with the same runners of setting.baseline when there is one."""
    if setting.baseline is None:
        return groups(setting)
    other = replace(setting, programs=setting.baseline, baseline=None)
    both = []
    for (title, rounds, runners), (_, _, twins) in zip(groups(setting), groups(other)):
        twins = [
            Runner(BEFORE + twin.name, twin.command, twin.count)
            for one, twin in zip(runners, twins)
            if one.command != twin.command and "ping-pong" not in one.name
        ]
        both.append((title, rounds, runners + twins))
    return both


def before(values):
    """The same values with those of the other build in place of ours; empty when there is no other build."""
    others = {name.removeprefix(BEFORE): value for name, value in values.items() if name.startswith(BEFORE)}
    return values | others if others else {}
