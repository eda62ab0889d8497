"""A small Ray cluster on this machine, for tests in the group `ray`. They are skipped where Ray is not installed."""

import functools
import shutil
import tempfile

import pytest
from python.package_under_test import PACKAGE, wait_until
from ray_tests import STORE

DEATH_DETECTION = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 5000,
    "health_check_failure_threshold": 3,
}
"""Ray notices within about a second that a node has been killed. A node that a busy machine lets wait stays alive."""
ENVIRONMENT = {
    "RAY_AUTH_MODE": "disabled",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_SCHEDULER_EVENTS": "0",
    "RAY_enable_metrics_collection": "0",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_memory_monitor_refresh_ms": "0",
    "RAY_worker_niceness": "0",
    "RAY_worker_register_timeout_seconds": "120",
}


class ClusterOfTests:
    """A head without processors, and the nodes "a" and "b" with two each. Scripts see a node's name as $NODE_NAME; the
    node has the resource of that name."""

    def __init__(self):
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": STORE}
        self.cluster = Cluster(initialize_head=True, head_node_args={**head, "_system_config": DEATH_DETECTION})
        self.address = self.cluster.address
        self.count = 0
        self.nodes = [self.add_node("a"), self.add_node("b")]

    def add_node(self, name, num_cpus=2, resources=None, **environment):
        """A node whose processes have these environment variables. It has the resource ``name``, too."""
        self.count += 1
        return self.cluster.add_node(
            num_cpus=num_cpus,
            object_store_memory=STORE,
            runtime_env_dir_name=f"environments_{self.count}",  # as on machines of their own
            resources={name: 100, **(resources or {})},
            env_vars={"NODE_NAME": name, **environment},
        )

    def connect(self, **arguments):
        """Connects this process to it, anew. ``arguments``: of ``ray.init``."""
        import ray

        ray.shutdown()
        ray.init(address=self.address, log_to_driver=False, logging_level="ERROR", **arguments)

    def kill_node(self, node):
        """As if the machine had lost its power; its workers end with its raylet. Ray notices it later."""
        self.cluster.remove_node(node, allow_graceful=False)

    def has(self, node):
        import ray

        return any(known["NodeID"] == node.node_id and known["Alive"] for known in ray.nodes())


@pytest.fixture(scope="session")
def cluster():
    """A `ClusterOfTests`, to which this process is connected."""
    ray = pytest.importorskip("ray.cluster_utils").ray
    directory = tempfile.mkdtemp(prefix="ray")  # short, as sockets are in it
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENVIRONMENT, "RAY_TMPDIR": directory, "PYTHONPATH": PACKAGE}.items():
            patch.setenv(name, value)
        started = ClusterOfTests()
        try:
            started.connect()
            yield started
        finally:
            ray.shutdown()
            started.cluster.shutdown()
            shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def spare_nodes(cluster):
    """Makes nodes of one test, which it may kill: ``spare_nodes(name, **environment)``. An actor comes to one of them,
    and to no other node, when it needs the resource "spare"; the nodes have no processors."""
    nodes = []

    def add(name, **environment):
        nodes.append(cluster.add_node(name, num_cpus=0, resources={"spare": 1}, **environment))
        return nodes[-1]

    add.kill = cluster.kill_node
    yield add
    for node in nodes:
        if node in cluster.cluster.worker_nodes:
            cluster.kill_node(node)
    wait_until(lambda: not any(map(cluster.has, nodes)))


@pytest.fixture
def spare_pool(cluster):
    """Makes a `RayPool` on nodes of `spare_nodes`, one actor on each."""
    from provider_host.ray import RayPool

    return functools.partial(RayPool, address=cluster.address, num_cpus=0, resources={"spare": 1})
