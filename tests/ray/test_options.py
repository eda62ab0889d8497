"""Wrong arguments of a pool over a cluster. No Ray: nothing is started for them."""

import math

import pytest

from provider_host import ConfigError
from provider_host.ray import RayPool
from provider_host.ray._bridge import _pool_of


@pytest.mark.parametrize(
    "wrong",
    [
        {"actors": 0},
        {"actors": True},
        {"actors": 1.5},
        {"workers_per_actor": 0},
        {"workers_per_actor": "2"},
        {"workers_per_actor": (8, 1)},
        {"workers_per_actor": [1, 2, 3]},
        {"workers_per_actor": None},
        {"preload": "yes"},
        {"spares": -1},
        {"idle_timeout": "soon"},
        {"concurrency": -1},
        {"num_cpus": "1"},
        {"num_cpus": -1},
        {"num_cpus": math.nan},
        {"num_cpus": True},
        {"num_gpus": -0.5},
        {"num_gpus": math.inf},
        {"resources": ["spare"]},
        {"resources": {"spare": -1}},
        {"resources": {"spare": "1"}},
        {"resources": {1: 1}},
        {"runtime_env": "x"},
        {"runtime_env": [1]},
        {"rerun_lost": "no"},
        {"address": 5},
        {"timeout": "soon"},
        {"max_queue": -1},
    ],
    ids=str,
)
def test_a_wrong_argument_is_named(wrong):
    (name,) = wrong
    with pytest.raises(ConfigError, match=f"^(a key of )?{name}"):
        RayPool("provider.py", **wrong)


@pytest.mark.parametrize("workers", [(1, 8), [1, 8]])
def test_an_actor_may_have_hosts_that_come_and_go_and_are_forked(workers):
    pool = RayPool("provider.py", workers_per_actor=workers, preload=True, spares=1, idle_timeout=5)
    assert repr(pool).startswith("<RayPool of 'provider.py', 1 to 8 workers")


def test_the_bridge_takes_them_as_json():
    options = {"workers": [1, 8], "preload": "on", "spares": 2, "idle_timeout": 5, "max_queue": 0}
    pool = _pool_of({"type": "start", "script": "provider.py", "options": options}, None)
    assert repr(pool).startswith("<RayPool of 'provider.py', 1 to 8 workers")
