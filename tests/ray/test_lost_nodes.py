"""Actors and nodes that are lost while they have calls."""

import os
import signal
import threading

import pytest
from python.package_under_test import wait_until
from ray_tests import PROVIDERS, ready_nodes

pytestmark = pytest.mark.xdist_group("ray")

ECHO = PROVIDERS / "echo.py"


def test_without_any_node_calls_end(spare_nodes, spare_pool, tmp_path):
    from provider_host import Collateral, PoolUnavailable

    node = spare_nodes("spare1")
    with spare_pool(ECHO, start_timeout=12, shutdown_timeout=0) as pool:
        running = pool.submit("wait_for", str(tmp_path / "never"))
        wait_until((tmp_path / "never.here").exists)
        waiting = [pool.submit("add", number, 1) for number in range(100)]
        spare_nodes.kill(node)
        for future in [running, *waiting]:
            assert isinstance(future.exception(), (Collateral, PoolUnavailable))
        with pytest.raises((Collateral, PoolUnavailable)):
            pool.call_api("Hello")


def test_a_call_that_must_not_run_twice_is_lost_with_its_actor(cluster, tmp_path):
    from provider_host import Collateral
    from provider_host.ray import RayPool

    gate = tmp_path / "gate"
    with RayPool(ECHO, 1, address=cluster.address, num_cpus=0.5, rerun_lost=False) as pool:
        running = pool.submit("wait_for", str(gate))
        wait_until((tmp_path / "gate.here").exists)
        host = int((tmp_path / "gate.here").read_text())
        [actor] = pool.stats()["actors"]
        os.kill(actor["pid"], signal.SIGKILL)
        with pytest.raises(Collateral, match="lost"):
            running.result()
        wait_until(lambda: not os.path.exists(f"/proc/{host}"))  # the host has ended with its actor
        assert pool.call_api("Hello")["output"] == "Hello"  # on the actor that took its place
        assert pool.stats()["lost_actors"] == 1


def test_an_actor_that_is_killed_costs_no_call(cluster):
    from provider_host.ray import RayPool

    prompts = [str(number) for number in range(5000)]
    with RayPool(ECHO, address=cluster.address, num_cpus=0.5) as pool:
        wait_until(lambda: len(ready_nodes(pool)) == 2)
        outputs = []
        for result in pool.map(prompts):
            outputs.append(result["output"])
            if len(outputs) == 500:
                os.kill(pool.stats()["actors"][0]["pid"], signal.SIGKILL)
        assert outputs == prompts
        assert pool.stats()["lost_actors"] == 1
        wait_until(lambda: len(ready_nodes(pool)) == 2)


def test_a_node_that_is_killed_costs_no_call_and_a_new_one_is_used(spare_nodes, spare_pool):
    nodes = [spare_nodes("spare1"), spare_nodes("spare2")]
    prompts = [str(number) for number in range(20_000)]
    with spare_pool(ECHO) as pool:
        wait_until(lambda: len(ready_nodes(pool)) == 2)
        outputs = []
        for result in pool.map(prompts):
            outputs.append(result["output"])
            if len(outputs) == 1000:
                spare_nodes.kill(nodes[0])
        assert outputs == prompts
        stats = pool.stats()
        assert stats["lost_actors"] == 1 and stats["succeeded"] == 20_000 and stats["failed"] == 0
        assert ready_nodes(pool) == [nodes[1].node_id]

        added = spare_nodes("spare3")
        wait_until(lambda: ready_nodes(pool) == sorted([nodes[1].node_id, added.node_id]))
        wait_until(lambda: {result["node"] for result in pool.map(prompts[:500])} == {"spare2", "spare3"})


def test_a_pool_starts_and_is_closed_while_nodes_are_lost(spare_nodes, spare_pool, tmp_path):
    node = spare_nodes("spare1")
    spare_nodes.kill(spare_nodes("spare2"))  # the cluster does not know it yet
    pool = spare_pool(ECHO, 1, shutdown_timeout=0).start()
    running = pool.submit("wait_for", str(tmp_path / "never"))
    wait_until((tmp_path / "never.here").exists)
    spare_nodes.kill(node)
    closing = threading.Thread(target=pool.shutdown)
    closing.start()
    assert running.exception() is not None
    closing.join()
