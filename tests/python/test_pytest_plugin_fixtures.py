"""The fixtures for users' own tests."""

import shutil

import pytest
from package_under_test import ROOT
from plugin_run import GOOD

pytest_plugins = "pytester"
pytestmark = pytest.mark.timeout(300)  # each test runs pytest, some with hundreds of calls and many starts

PROVIDER = """
import os
import time

def call_api(prompt, options, context):
    if prompt == "sleep":
        open(context["vars"]["gate"], "w").close()
        time.sleep(300)
    if prompt == "open":
        open("/dev/null").close()
    if prompt == "big":
        return {"output": len(bytearray(2**28))}
    if prompt == "bad usage":
        return {"output": "", "tokenUsage": {"total": "many"}}
    if prompt == "raise":
        raise LookupError("as asked")
    return {"output": prompt, "metadata": {"pid": os.getpid(), "config": options["config"]}}
"""


def run_tests(run_plugin, tests, *arguments):
    run_plugin.write("mine.py", PROVIDER)
    run_plugin.write("test_mine.py", tests)
    return run_plugin("--provider", "mine.py", "test_mine.py", "-k", "test_", *arguments)


def test_calls_and_pools(run_plugin):
    run = run_tests(
        run_plugin,
        """
        import pytest
        from provider_host import Pool, PythonException

        def test_call(provider_call):
            assert provider_call("hi", {"config": {"b": 2}})["metadata"]["config"] == {"a": 1, "b": 2}

        def test_call_raises(provider_call):
            with pytest.raises(PythonException, match="as asked"):
                provider_call("raise")

        def test_pool(provider_pool, provider_call, provider_script):
            assert isinstance(provider_pool, Pool) and provider_call.pool is provider_pool
            assert len(provider_pool.stats()["hosts"]) == 2 and provider_script.name == "mine.py"

        @pytest.fixture(scope="module")
        def other(provider_pool_factory):
            with provider_pool_factory("mine.py", concurrency=4) as pool:
                yield pool

        def test_factory(other):
            assert other.call_api("x", {"config": {}})["output"] == "x"

        def test_bad_usage(provider_call):
            provider_call("bad usage")
        """,
        *("--provider-config", "a=1", "--provider-workers", "2", "--provider-preload", "auto"),
    )
    assert run.names("failure") == ["test_bad_usage"] and len(run.names("passed")) == 4, run
    assert run.says("call_api: tokenUsage.total is a string, not a number."), run


def test_faults_hit_the_hosts_and_end_with_the_test(run_plugin):
    run = run_tests(
        run_plugin,
        """
        import os
        import pytest
        from provider_host import HostCrashed, PythonException, Timeout

        def pid_now(provider_call):
            return provider_call("hi")["metadata"]["pid"]

        def test_kill_between_calls(provider_call, provider_faults):
            first = pid_now(provider_call)
            assert provider_faults.kill() == [first]
            assert pid_now(provider_call) != first

        def test_kill_in_a_call(provider_pool, provider_faults, tmp_path):
            os.mkfifo(tmp_path / "gate")
            call = provider_pool.submit("call_api", "sleep", {}, {"vars": {"gate": str(tmp_path / "gate")}})
            open(tmp_path / "gate").close()  # until the call has come there
            provider_faults.kill()
            with pytest.raises(HostCrashed):
                call.result()

        def test_pause(provider_call, provider_faults):
            with provider_faults.paused():
                with pytest.raises(Timeout):
                    provider_call("hi", timeout=0.2)
            pid_now(provider_call)

        def test_pause_to_the_end(provider_faults):
            assert len(provider_faults.pause()) == 1

        def test_goes_on_after_that(provider_call):
            pid_now(provider_call)

        def test_slow(provider_call, provider_faults):
            provider_faults.slow(share=0.5, period=0.01)
            assert all(pid_now(provider_call) for _ in range(20))

        def test_fill_stdout(provider_call, provider_faults):
            pid = pid_now(provider_call)
            assert provider_faults.fill_stdout(2**22) == [pid] and pid_now(provider_call) == pid

        def test_no_descriptors(provider_call, provider_faults):
            pid_now(provider_call)
            provider_faults.no_descriptors()
            with pytest.raises(PythonException, match="Too many open files|OSError"):
                provider_call("open")

        def test_no_memory(provider_call, provider_faults):
            provider_faults.no_memory()
            with pytest.raises(PythonException) as caught:
                provider_call("big")
            assert caught.value.type == "MemoryError"

        def test_limits_are_lifted(provider_call):
            provider_call("open")
            provider_call("big")

        def test_another_pool(provider_pool_factory, provider_faults):
            with provider_pool_factory("mine.py") as pool, provider_faults.on(pool) as faults:
                assert faults.kill() and pool.call_api("x", {"config": {}})["output"] == "x"
        """,
    )
    assert run.code == 0 and len(run.names("passed")) == 11, run


def test_the_example_passes(run_plugin, pytester):
    shutil.copytree(ROOT / "examples" / "pytest", pytester.path, dirs_exist_ok=True)
    run = run_plugin()
    assert run.code == 0 and len(run.names("passed")) == 18 + 8, run


def test_tests_run_for_each_script(run_plugin):
    for name in ("one.py", "two.py"):
        run_plugin.write(name, GOOD)
    run_plugin.write("test_mine.py", "def test_mine(provider_call):\n    assert provider_call('x')['output'] == 'x'\n")
    run = run_plugin("--provider", "one.py", "--provider", "two.py", "test_mine.py", "-k", "test_mine")
    assert sorted(run.names("passed")) == ["test_mine[one.py]", "test_mine[two.py]"], run


def test_without_a_script_the_fixtures_say_how_to_name_one(run_plugin):
    run_plugin.write("test_mine.py", "def test_mine(provider_call):\n    pass\n")
    run = run_plugin()
    assert run.names("error") == ["test_mine"], run
    assert run.says("no provider script is named: run `pytest --provider my_provider.py PATHS`, or set")
