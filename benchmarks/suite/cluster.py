"""Calls on a Ray cluster of this machine: `RayPool` beside plain actors and Ray Data, and one node beside three."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile

from .ratios import ECHO, Ratio, rates
from .runner import Failed, Runner, measure_in_turn
from .setting import PROVIDERS

SLEEP = PROVIDERS / "sleep.py"
ACTORS = (1, 2)
NODES = (1, 3)
CPUS = 16  # of a node, so that all runners have room
START = 90  # seconds of a cluster


def of_actors(who, actors):
    return f"{who}, {actors} actor{'s'[: actors - 1]}, a call"


OURS, PLAIN = ({actors: of_actors(who, actors) for actors in ACTORS} for who in ("RayPool.map", "plain Ray actors"))
DIRECT, PROVIDER = "Ray Data, function called directly, a row", "Ray Data, Provider, a row"
OF_NODES = {nodes: f"RayPool.map, calls of 5 ms, {nodes} node{'s'[: nodes - 1]}" for nodes in NODES}
RATE = {nodes: f"{name}, calls/s" for nodes, name in OF_NODES.items()}

RATIOS = [
    Ratio("ray_actor_over_ours", PLAIN[1], OURS[1], OURS[1], "≥ 20"),
    Ratio("ray_actor_over_ours_2", PLAIN[2], OURS[2], OURS[2], "≥ 20"),
    Ratio("ray_rate_3_nodes_over_1", RATE[3], RATE[1], RATE[3], "≥ 2.7", "calls/s"),
]


def groups(setting):
    """As ratios.groups(), each with the number of nodes of its cluster first. "ADDRESS" stands for that of the
    cluster."""

    def ours(name, actors, script, count):
        command = setting.peer("ours_ray", "ADDRESS", actors, setting.package, script, from_pypi=True)
        return Runner(name, command, setting.scaled(count))

    def plain(actors):
        command = setting.peer("ray_actor", "ADDRESS", actors, from_pypi=True)
        return Runner(PLAIN[actors], command, setting.scaled(10_000))

    def data(name, kind):
        command = setting.peer("ray_data", "ADDRESS", 1, kind, setting.package, ECHO, from_pypi=True)
        return Runner(name, command, setting.scaled(1_000_000))

    small = [one for actors in ACTORS for one in (ours(OURS[actors], actors, ECHO, 100_000), plain(actors))]
    return [
        (1, "small calls on Ray", 7, small),
        (1, "rows of Ray Data", 5, [data(DIRECT, "direct"), data(PROVIDER, "provider")]),
        (max(NODES), "nodes of Ray", 5, [ours(OF_NODES[nodes], nodes, SLEEP, 400 * nodes) for nodes in NODES]),
    ]


def values_of(medians):
    return medians | rates(medians, {RATE[nodes]: name for nodes, name in OF_NODES.items()})


def steps(setting):
    return sum((rounds + 1) * len(runners) for _, _, rounds, runners in groups(setting))


def measure(setting, advance):
    """The runners, measured in turn, group by group. Raises Failed when there is no cluster."""
    measured = []
    for nodes, title, rounds, runners in groups(setting):
        with running(setting, nodes) as address:
            for one in runners:
                one.command = [address if word == "ADDRESS" else word for word in one.command]
            measure_in_turn(runners, rounds, lambda name, title=title: advance(f"{title}: {name}"))
        measured += runners
    return measured


@contextlib.contextmanager
def running(setting, nodes):
    """The address of a new cluster, which ends with the block. Raises Failed."""
    with tempfile.TemporaryDirectory(prefix="bench", ignore_cleanup_errors=True) as directory:
        own = {"PYTHONPATH": f"{setting.package}:{PROVIDERS}", "RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": directory}
        process = subprocess.Popen(
            setting.peer("ray_cluster", nodes, CPUS, from_pypi=True),
            env=os.environ | own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            address = process.stdout.readline().strip()
            if not address:
                raise Failed("Ray does not start; scripts/install-deps bench installs it")
            yield address
        finally:
            process.stdin.close()
            process.wait(START)
            process.stdout.close()
