"""Wrong arguments of a pool over a cluster. No Ray: nothing is started for them."""

import math

import pytest

from provider_host import ConfigError
from provider_host.ray import RayPool


@pytest.mark.parametrize(
    "wrong",
    [
        {"actors": 0},
        {"actors": True},
        {"actors": 1.5},
        {"workers_per_actor": 0},
        {"workers_per_actor": "2"},
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
    named = "workers" if name == "workers_per_actor" else name
    with pytest.raises(ConfigError, match=named):
        RayPool("provider.py", **wrong)
