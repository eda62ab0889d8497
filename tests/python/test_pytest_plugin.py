"""The compatibility suite as a whole: what is collected and run, and how it is set up."""

import subprocess
import sys

import pytest
from package_under_test import PACKAGE
from plugin_run import GOOD

pytest_plugins = "pytester"
pytestmark = pytest.mark.timeout(300)  # each test runs pytest, some with hundreds of calls and many starts

CHECKS = (
    "imports_once functions signatures prints plain_prompt conversation unicode empty_prompt large_prompt result_shape "
    "state_kept no_leaks errors_survived concurrency threads_left children_left tasks_left restart"
).split()


def test_a_good_script_passes_everything(run_plugin):
    run_plugin.write("my_provider.py", GOOD)
    run = run_plugin("--provider", "my_provider.py", "-v")
    assert run.code == 0, run
    assert run.names("passed") == CHECKS, run
    assert run.cases[0].get("classname") == "my_provider.provider"
    assert "my_provider.py::provider::imports_once PASSED" in run.text
    assert "provider: my_provider.py, Python 3." in run.text and "/provider-host-python3." in run.text
    assert run.says("call_api (sync), imported in") and run.says("a plain call takes"), run
    assert any(each.get("name") == "import_ms" for each in run.cases[0].iter("property"))


def test_an_async_script_with_all_three_functions_passes(run_plugin):
    run_plugin.write(
        "three.py",
        """
        import asyncio

        async def call_api(prompt, options, context):
            await asyncio.sleep(0)
            return {"output": prompt[:50]}

        async def call_embedding_api(prompt, options):
            return {"embedding": [float(len(prompt)), 0.5]}

        def call_classification_api(prompt, options):
            return {"classification": {"long": 0.9, "short": 0.1}}
        """,
    )
    run = run_plugin("--provider", "three.py")
    assert run.code == 0 and set(run.names("passed")) == {*CHECKS, "embedding", "classification"}, run
    assert run.says("call_api (async)")


def test_a_script_of_embeddings_alone_is_checked_by_them(run_plugin):
    run_plugin.write("vectors.py", "def call_embedding_api(prompt, options):\n    return {'embedding': [1, 2.5]}\n")
    run = run_plugin("--provider", "vectors.py")
    assert run.code == 0 and run.names("passed") == [*CHECKS[:-1], "embedding", "restart"], run


def test_with_provider_alone_only_the_suite_runs_and_with_paths_those_too(run_plugin):
    run_plugin.write("my_provider.py", GOOD)
    run_plugin.write("test_mine.py", "def test_mine():\n    pass\n")
    chosen = ("--provider", "my_provider.py", "-k", "functions or mine")
    assert run_plugin(*chosen).names() == ["functions"]
    assert sorted(run_plugin(*chosen, "test_mine.py").names()) == ["functions", "test_mine"]
    assert run_plugin("--provider", "my_provider.py", "my_provider.py::provider::prints").names() == ["prints"]


def test_scripts_of_the_ini_file_are_checked_with_the_tests_unless_paths_are_named(run_plugin):
    run_plugin.write("scripts/mine.py", GOOD)
    run_plugin.write("tests/test_mine.py", "def test_mine():\n    pass\n")
    run_plugin.write(
        "pyproject.toml",
        """
        [tool.pytest.ini_options]
        testpaths = ["tests"]
        provider_scripts = ["scripts/mine.py"]
        provider_skip = ["large_prompt"]
        """,
    )
    whole = run_plugin()
    assert set(whole.names("passed")) == {*CHECKS, "test_mine"} - {"large_prompt"}, whole
    assert run_plugin("tests").names() == ["test_mine"]


def test_without_a_script_nothing_changes(run_plugin):
    run_plugin.write("my_provider.py", GOOD)
    run_plugin.write("test_mine.py", "def test_mine():\n    pass\n")
    run = run_plugin()
    assert run.names() == ["test_mine"] and "provider" not in run.text.replace("my_provider", ""), run


def test_without_a_script_the_plugin_imports_no_pool():
    code = "import pytest, sys, provider_host.pytest_plugin; print(*(m for m in sys.modules if 'provider_host' in m))"
    out = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": PACKAGE}, stdout=subprocess.PIPE, check=True)
    loaded = set(out.stdout.decode().split())
    assert loaded == {"provider_host"} | {f"provider_host.pytest_plugin{m}" for m in ("", ".fixtures", ".options")}


def test_checks_can_be_listed_left_out_and_chosen_by_marks(run_plugin):
    run_plugin.write("my_provider.py", GOOD)
    listed = run_plugin("--provider-list")
    assert listed.code == 0 and all(f"\n{name} " in f"\n{listed.text}" for name in CHECKS), listed
    script = ("--provider", "my_provider.py")
    assert run_plugin(*script, "-m", "not provider_calls", "--strict-markers").names("passed") == CHECKS[:4]
    without = run_plugin(*script, "--provider-skip", "concurrency", "--provider-skip=restart", "--collect-only", "-q")
    assert "::unicode" in without.text and "::restart" not in without.text and "::concurrency" not in without.text
    wrong = run_plugin(*script, "--provider-skip", "unicorn")
    assert wrong.code == pytest.ExitCode.USAGE_ERROR and "there is no check 'unicorn'" in wrong.text


def test_config_and_prompts_reach_the_script(run_plugin):
    run_plugin.write("config.json", '{"model": "file", "size": 3}')
    run_plugin.write(
        "picky.py",
        """
        def call_api(prompt, options, context):
            assert options["config"]["model"] == "mine" and options["config"]["size"] == 3, options
            assert "ping" in prompt
            return {"output": "pong"}
        """,
    )
    run = run_plugin(
        *("--provider", "picky.py", "--provider-config-file", "config.json", "--provider-config", 'model="mine"'),
        *("--provider-prompt", "ping", "-k", "plain or unicode or conversation or no_leaks"),
    )
    assert run.names("passed") == ["plain_prompt", "conversation", "unicode", "no_leaks"], run
    wrong = run_plugin("--provider", "picky.py", "--provider-config", "model=mine")
    assert wrong.code == pytest.ExitCode.USAGE_ERROR and "--provider-config 'model=\"mine\"'" in wrong.text


def test_an_error_for_want_of_a_key_skips_and_with_strict_it_fails(run_plugin):
    run_plugin.write(
        "keyed.py",
        """
        import os

        def call_api(prompt, options, context):
            key = os.environ.get("MY_KEY")
            return {"output": prompt} if key else {"error": "MY_KEY is not set"}
        """,
    )
    run = run_plugin("--provider", "keyed.py")
    assert run.code == 0 and run.names("passed") == CHECKS[:4] and len(run.names("skipped")) == 14, run
    assert run.says("not tried: plain_prompt: call_api returned an error: MY_KEY is not set")
    strict = run_plugin("--provider", "keyed.py", "--provider-strict")
    assert strict.names("failure") == ["plain_prompt"] and strict.says("Where: keyed.py:3"), strict


def test_a_named_function_is_checked_instead(run_plugin):
    run_plugin.write(
        "named.py",
        """
        class Chat:
            @staticmethod
            def ask(prompt, options, context):
                return {"output": prompt}
        """,
    )
    run = run_plugin("--provider", "named.py", "--provider-function", "Chat.ask")
    assert run.code == 0 and run.names("passed") == CHECKS, run


def test_a_slow_import_is_a_warning_with_its_time(run_plugin):
    run_plugin.write("slow.py", "import time\ntime.sleep(0.2)\nprint('loading')\n" + GOOD)
    run = run_plugin("--provider", "slow.py", "--provider-import-limit", "0.1", "-k", "imports_once or plain")
    assert run.code == 0 and run.says("s to import, and every new host waits for it; load models"), run
    assert run.says("note: it prints while it is imported: 'loading'")


SLOW_LOG = """
import time
from provider_host.pytest_plugin.script.host_log import HostLog

write = HostLog.__call__


def write_late(*line):
    time.sleep(1)
    write(*line)


HostLog.__call__ = write_late
"""


def test_what_an_import_prints_is_noted_even_if_the_log_is_slow(run_plugin):
    run_plugin.write("conftest.py", SLOW_LOG)
    run_plugin.write("my_provider.py", "print('loading')\n" + GOOD)
    run = run_plugin("--provider", "my_provider.py", "-k", "imports_once")
    assert run.code == 0 and run.says("note: it prints while it is imported: 'loading'"), run


def test_a_script_that_looks_like_tests_is_not_imported_by_pytest(run_plugin):
    run_plugin.write("test_like.py", GOOD + "\ndef test_nothing():\n    assert False\n")
    assert run_plugin("--provider", "test_like.py", "-k", "functions or nothing").names() == ["functions"]


def test_a_missing_script_is_reported_in_a_line(run_plugin):
    run = run_plugin("--provider", "absent.py")
    assert run.code == pytest.ExitCode.USAGE_ERROR and "absent.py" in run.text and "Traceback" not in run.text


def test_the_suite_runs_under_xdist(run_plugin):
    pytest.importorskip("xdist")
    run_plugin.write("my_provider.py", GOOD)
    run_plugin.write("broken.py", "def call_api(prompt, options, context):\n    return {'result': 1}\n")
    run = run_plugin("-n", "2", "--provider", "my_provider.py", "--provider", "broken.py")
    assert run.names("failure") == ["plain_prompt"] and len(run.names("passed")) == len(CHECKS) + 4, run
    assert run.says("a plain call takes"), run
