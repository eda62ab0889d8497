"""Calls through a pool on a cluster."""

import asyncio
import os
from concurrent.futures import CancelledError

import pytest
from python.package_under_test import wait_until
from ray_tests import PROVIDERS, STORE, ready_nodes

pytestmark = pytest.mark.xdist_group("ray")


@pytest.fixture(scope="module")
def pool(cluster):
    """An actor on each node, each with one host."""
    from provider_host.ray import RayPool

    with RayPool(PROVIDERS / "echo.py", address=cluster.address, num_cpus=0.5) as started:
        wait_until(lambda: len(ready_nodes(started)) == 2)
        yield started


# --- what goes wrong


def test_errors_of_calls_are_those_of_a_pool_on_this_machine(pool):
    from provider_host import FunctionNotFound, InvalidRequest, PythonException

    with pytest.raises(PythonException, match="no good") as raised:
        pool.call("fails", "no good")
    assert raised.value.type == "ValueError" and "echo.py" in raised.value.traceback
    with pytest.raises(FunctionNotFound, match="add"):
        pool.call("ad", 1, 2)
    with pytest.raises(InvalidRequest):
        pool.call_api("Hello", {"not": object()})
    assert pool.call("add", 1, 2) == 3


def test_a_crash_is_the_error_of_its_call_alone(cluster):
    from provider_host import HostCrashed
    from provider_host.ray import RayPool

    prompts = [str(number) for number in range(1000)]
    with RayPool(PROVIDERS / "crashing.py", address=cluster.address, num_cpus=0.5) as pool:
        results = list(pool.map(prompts, return_exceptions=True))
        stats = pool.stats()
    crashed = [prompt for prompt, result in zip(prompts, results) if isinstance(result, HostCrashed)]
    assert crashed == [prompt for prompt in prompts if prompt.endswith("99")]
    assert [result["output"] for result in results if isinstance(result, dict)] == [
        prompt for prompt in prompts if not prompt.endswith("99")
    ]
    assert stats["submitted"] == 1000 and stats["succeeded"] == 990
    assert stats["errors_by_kind"] == {"host_crashed": 10} and stats["restarts"] >= 9 and stats["lost_actors"] == 0


def test_a_call_that_takes_too_long_times_out_and_the_next_one_runs(pool, tmp_path):
    from provider_host import Timeout

    with pytest.raises(Timeout):
        pool.call("wait_for", str(tmp_path / "never"), timeout=0.2)
    assert pool.call_api("Hello")["output"] == "Hello"


# --- calls


def test_results_come_from_hosts_on_both_nodes(pool):
    results = list(pool.map(str(number) for number in range(2000)))
    assert [result["output"] for result in results] == [str(number) for number in range(2000)]
    assert {result["node"] for result in results} == {"a", "b"}
    assert len({result["pid"] for result in results}) == 2 and os.getpid() not in {r["pid"] for r in results}


def test_an_unordered_map_yields_each_result_once_as_it_comes(pool, tmp_path):
    gates = [str(tmp_path / name) for name in ("first", "second")]
    results = pool.map(gates, unordered=True, api="none", function="wait_for")
    (tmp_path / "second").touch()
    next(results)  # though the first call has not ended
    assert (tmp_path / "second.here").exists()
    (tmp_path / "first").touch()
    assert len(list(results)) == 1
    prompts = [str(number) for number in range(300)]
    assert sorted(result["output"] for result in pool.map(prompts, unordered=True)) == sorted(prompts)


def test_a_map_that_is_left_ends_its_calls(pool, tmp_path):
    (tmp_path / "open").touch()
    results = pool.map([str(tmp_path / "open")] + [str(tmp_path / "shut")] * 50, api="none", function="wait_for")
    assert next(results)
    results.close()
    wait_until(lambda: pool.stats()["queued"] == sum(actor["calls"] for actor in pool.stats()["actors"]) == 0)
    assert pool.call("add", 1, 2) == 3


def test_outcomes_have_latency_and_errors(pool):
    outcomes = list(pool.outcomes(["Hello", "again"]))
    assert [outcome.result["output"] for outcome in outcomes] == ["Hello", "again"]
    assert all(outcome.error is None and outcome.latency_ms > 0 and outcome.pid for outcome in outcomes)


def test_values_larger_than_the_object_store_arrive_whole(pool):
    """Its size is `STORE`; Ray goes on with the disk. What bounds a value is the option frame_limit."""
    half = STORE * 6 // 10
    assert pool.call("add", "a" * half, "b" * half) == "a" * half + "b" * half


def test_submitted_calls_have_futures(pool):
    futures = [pool.submit("add", number, 1) for number in range(100)]
    assert [future.result() for future in futures] == list(range(1, 101))


def test_calls_that_wait_behind_others_can_be_cancelled(pool, tmp_path):
    blocking = []
    for name in ("one", "two"):  # the second goes to the host that is idle
        blocking.append(pool.submit("wait_for", str(tmp_path / name)))
        wait_until((tmp_path / f"{name}.here").exists)
    waiting = [pool.submit("add", number, 1) for number in range(50)]
    assert all(future.cancel() for future in waiting[25:])
    for future in waiting[25:]:
        with pytest.raises(CancelledError):
            future.result()
    assert not any(future.done() for future in blocking)
    for name in ("one", "two"):
        (tmp_path / name).touch()
    assert [future.result() for future in waiting[:25]] == list(range(1, 26))
    assert len({future.result() for future in blocking}) == 2


def test_calls_and_maps_are_awaited(pool):
    async def main():
        one = await pool.acall_api("Hello")
        embedding = await pool.acall_embedding_api("four")
        many = await asyncio.gather(*(pool.acall("add", number, 1) for number in range(50)))
        mapped = [result["output"] async for result in pool.amap(["x", "y"])]
        return one["output"], embedding["embedding"], many, mapped

    assert asyncio.run(main()) == ("Hello", [4.0], list(range(1, 51)), ["x", "y"])


def test_calls_of_one_key_go_to_one_host(pool):
    prompts = [str(number) for number in range(200)]
    results = list(pool.map(prompts, affinity=lambda prompt: int(prompt) % 4))
    for key in range(4):
        assert len({result["pid"] for result in results[key::4]}) == 1


def test_stats_say_where_the_actors_are(pool, cluster):
    pool.call("add", 1, 2)
    stats = pool.stats()
    assert {actor["node"] for actor in stats["actors"]} == {node.node_id for node in cluster.nodes}
    assert [actor["state"] for actor in stats["actors"]] == ["ready", "ready"]
    assert len({actor["pid"] for actor in stats["actors"]}) == 2
    assert stats["submitted"] > stats["errors_by_kind"].get("timeout", 0) and stats["queued"] == 0


def test_after_the_end_there_is_no_process_and_calls_are_refused(cluster):
    from provider_host import ShuttingDown
    from provider_host.ray import RayPool

    pool = RayPool(PROVIDERS / "echo.py", 1, address=cluster.address, num_cpus=0.5)
    pids = [pool.call_api("Hello")["pid"], pool.stats()["actors"][0]["pid"]]
    pool.shutdown()
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))
    with pytest.raises(ShuttingDown):
        pool.call_api("Hello")
