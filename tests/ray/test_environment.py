"""Nodes and clusters that cannot run a script."""

import subprocess
import sys

import pytest
from ray_tests import PROVIDERS

pytestmark = pytest.mark.xdist_group("ray")


def start(cluster, script, **arguments):
    """Starts a pool with an actor on each node, and returns what it raises."""
    from provider_host.ray import RayPool

    with pytest.raises(Exception) as raised:
        with RayPool(script, address=cluster.address, **{"num_cpus": 0.5, **arguments}):
            pass
    return raised.value


# --- clusters


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid:6379", "nonsense"])
def test_a_cluster_that_cannot_be_reached_is_an_error_at_once(address, cluster):
    program = (
        "from provider_host import ConfigError\n"
        "from provider_host.ray import RayPool\n"
        f"try: RayPool({str(PROVIDERS / 'echo.py')!r}, address={address!r}).start()\n"
        "except ConfigError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert address in run.stdout and "Ray cluster" in run.stdout


def test_an_old_ray_is_named(monkeypatch, cluster):
    import ray

    monkeypatch.setattr(ray, "__version__", "1.13.0")
    error = start(cluster, PROVIDERS / "echo.py")
    assert type(error).__name__ == "ConfigError" and "1.13.0" in str(error)


def test_resources_that_no_node_has_are_named(cluster):
    error = start(cluster, PROVIDERS / "echo.py", num_gpus=1, resources={"a": 1})
    assert type(error).__name__ == "ConfigError"
    assert "1 GPU" in str(error) and "1 a" in str(error)


# --- nodes


def test_an_import_that_fails_on_one_node_names_the_node(spare_nodes, spare_pool):
    from provider_host import ImportFailed

    node = spare_nodes("spare1", BROKEN_HERE="1")
    with pytest.raises(ImportFailed, match="the model is missing on this node") as raised:
        spare_pool(PROVIDERS / "broken_on_one_node.py").start()
    assert node.node_id[:8] in str(raised.value)
    assert "broken_on_one_node.py" in raised.value.traceback


def test_a_node_without_the_package_is_named(spare_nodes, spare_pool, monkeypatch, request):
    from provider_host import ConfigError

    with monkeypatch.context() as patch:
        patch.delenv("PYTHONPATH")
        node = spare_nodes("spare1")
    with pytest.raises(ConfigError, match="provider_host") as raised:
        spare_pool(PROVIDERS / "echo.py").start()
    assert node.node_id[:8] in str(raised.value) and "pip install" in str(raised.value)


def test_a_python_that_the_nodes_do_not_have_is_named(cluster):
    error = start(cluster, PROVIDERS / "echo.py", python="/no/such/python")
    assert type(error).__name__ == "ConfigError"
    assert "/no/such/python" in str(error) and cluster.nodes[0].node_id[:8] in str(error)


# --- scripts


def test_a_script_travels_with_the_modules_beside_it_and_has_its_environment(cluster, tmp_path):
    from provider_host.ray import RayPool

    (tmp_path / "beside.py").write_text("import os\nVALUE = 6\nWHERE = os.path.dirname(os.path.abspath(__file__))\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import beside, os\n\ndef call_api(prompt, options, context):\n"
        "    environment = os.environ.get('OF_RAY'), os.environ.get('OF_POOL')\n"
        "    return {'output': beside.VALUE * int(prompt), 'where': beside.WHERE, 'environment': environment}\n"
    )
    variables = {"runtime_env": {"env_vars": {"OF_RAY": "1"}}, "env_set": {"OF_POOL": "2"}}
    with RayPool(script, address=cluster.address, num_cpus=0.5, **variables) as pool:
        for path in tmp_path.iterdir():  # from now on the nodes have it, and this machine has not
            path.unlink()
        results = list(pool.map(["7"] * 20))
    assert {result["output"] for result in results} == {42}
    assert {tuple(result["environment"]) for result in results} == {("1", "2")}
    assert str(tmp_path) not in {result["where"] for result in results}


def test_a_script_that_is_nowhere_is_an_error(cluster, tmp_path):
    here = start(cluster, tmp_path / "missing.py")
    assert type(here).__name__ in ("ConfigError", "ImportFailed") and "missing.py" in str(here)
    there = start(cluster, tmp_path / "missing.py", runtime_env={"working_dir": None})
    assert type(there).__name__ in ("ConfigError", "ImportFailed") and "missing.py" in str(there)


def test_a_directory_that_is_too_large_to_travel_is_refused_at_once(cluster, tmp_path):
    script = tmp_path / "script.py"
    script.write_text((PROVIDERS / "echo.py").read_text())
    with open(tmp_path / "model.bin", "wb") as file:
        file.truncate(1 << 30)  # sparse
    error = start(cluster, script)
    assert type(error).__name__ == "ConfigError" and str(tmp_path) in str(error) and "excludes" in str(error)
