"""The same with the npm package as the provider: promptfoo's own command line runs scripts through it."""

import os
import time

import pytest

from .promptfoo_cli import BIN, PROVIDERS, ROOT, SOME_FAILED
from .test_headlines import TEXTS

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(300), pytest.mark.xdist_group("evals")]
PACKAGE = ROOT / "integrations" / "promptfoo"
MODULE = f"file://{PACKAGE / 'provider-host.mjs'}"


@pytest.fixture
def evaluate_module(evaluate):
    def run(configuration, *arguments, **environment):
        return evaluate(
            {"prompts": ["{{prompt}}"], **configuration},
            *arguments,
            environment={"PROVIDER_HOST_BIN": str(BIN / "provider-host"), **environment},
        )

    return run


def provider(script, label=None, **config):
    described = {"id": MODULE, "config": {"script": str(PROVIDERS / script), **config}}
    return described if label is None else {**described, "label": label}


def asking(*prompts):
    return [{"vars": {"prompt": prompt}} for prompt in prompts]


def test_functions_methods_embeddings_and_classification(evaluate_module, tmp_path):
    """The package is found by its name as by its path."""
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "provider-host-promptfoo").symlink_to(PACKAGE)
    everything = {**provider("everything.py"), "id": "package:provider-host-promptfoo:ProviderHost"}
    similar = {"type": "similar", "value": "please say the same letter", "threshold": 0.9, "provider": everything}
    run = evaluate_module(
        {
            "providers": [
                provider("everything.py", "static", function="Model.fixed"),
                provider("everything.py:Model.made", "class"),
                provider("everything.py", "instance", function="model.answer"),
            ],
            "tests": [
                {
                    "vars": {"prompt": "please"},
                    "providers": ["static"],
                    "assert": [{"type": "classifier", "value": "polite", "threshold": 0.8, "provider": everything}],
                },
                {"vars": {"prompt": "hello"}, "providers": ["class"]},
                {"vars": {"prompt": "hello"}, "providers": ["instance"], "assert": [similar]},
            ],
        },
        "--no-cache",
    )
    outputs = [outcome.output for outcome in run.outcomes]
    assert outputs == ["static: please", "Model: hello", "instance: answer 1 to hello"], str(run)
    assert [outcome.success for outcome in run.outcomes] == [True, True, False], str(run)
    assert "Similarity" in run.outcomes[2].error, str(run)


def test_text_arrives_as_it_was(evaluate_module):
    run = evaluate_module({"providers": [provider("everything.py")], "tests": asking(*TEXTS)}, "--no-cache")
    assert run.exit_code == 0, str(run)
    assert [outcome.output["context"]["vars"]["prompt"] for outcome in run.outcomes] == TEXTS


def test_an_error_costs_only_its_own_call(evaluate_module):
    faults = 2 * ["raise", "segfault", "exit", "abort", "null"]
    prompts = [text for number, fault in enumerate(faults) for text in (fault, f"question {number}")]
    run = evaluate_module(
        {"providers": [provider("crashes.py", workers=2)], "tests": asking(*prompts)}, "--no-cache", "-j", "2"
    )
    assert run.exit_code == SOME_FAILED, str(run)
    answers = [outcome.output for outcome in run.outcomes[1::2]]
    assert answers == [f"question {number} answered" for number in range(len(faults))], str(run)
    kinds = [outcome.response["metadata"]["providerHost"]["kind"] for outcome in run.outcomes[::2]]
    assert kinds == 2 * ["python_exception", *4 * ["host_crashed"]], str(run)
    assert "crashes.py" in run.outcomes[2].error, str(run)


def test_a_script_that_cannot_be_imported_says_so_in_each_test(evaluate_module):
    run = evaluate_module({"providers": [provider("import_error.py")], "tests": asking("one", "two")}, "--no-cache")
    assert run.exit_code == SOME_FAILED, str(run)
    for outcome in run.outcomes:
        assert "No module named 'no_such_module_anywhere'" in outcome.error, str(run)


def test_files_in_the_configuration_are_read(evaluate_module, tmp_path):
    (tmp_path / "prices.json").write_text('{"input": 0.5}')
    (tmp_path / "names.yaml").write_text("- Ada\n- Grace\n")
    (tmp_path / "settings.py").write_text("def get_config():\n    return {'from': 'Python'}\n")
    config = {"prices": "file://prices.json", "names": "file://names.yaml", "settings": "file://settings.py"}
    run = evaluate_module({"providers": [provider("everything.py", **config)], "tests": asking("x")}, "--no-cache")
    assert run.exit_code == 0, str(run)
    given = run.outcomes[0].output["options"]["config"]
    read = {"prices": {"input": 0.5}, "names": ["Ada", "Grace"], "settings": {"from": "Python"}}
    assert {key: given[key] for key in config} == read


MEETING = """
import asyncio

here = 0


async def call_api(prompt, options, context):
    global here
    here += 1
    while here < 8:
        await asyncio.sleep(0.01)
    return {"output": prompt}
"""


def test_async_calls_run_at_the_same_time_in_one_host(evaluate_module, tmp_path):
    (tmp_path / "meeting.py").write_text(MEETING)
    meeting = provider(tmp_path / "meeting.py", concurrency=8)
    run = evaluate_module({"providers": [meeting], "tests": asking(*"abcdefgh")}, "--no-cache", "-j", "8")
    assert run.exit_code == 0, str(run)


def test_results_are_found_in_the_next_eval(evaluate_module):
    configuration = {"providers": [provider("everything.py", function="count")], "tests": asking("one", "two")}
    first = evaluate_module(configuration, "-j", "1")
    assert [outcome.output for outcome in first.outcomes] == ["call 1", "call 2"], str(first)
    again = evaluate_module(configuration, "-j", "1")
    assert [outcome.output for outcome in again.outcomes] == ["call 1", "call 2"], str(again)
    assert [outcome.response["cached"] for outcome in again.outcomes] == [True, True], str(again)
    fresh = evaluate_module(configuration, "-j", "1", "--no-cache")
    assert [outcome.response["cached"] for outcome in fresh.outcomes] == [False, False], str(fresh)


def test_what_the_script_prints_is_in_the_log(evaluate_module):
    run = evaluate_module({"providers": [provider("prints.py")], "tests": asking("one", "two")}, "--no-cache")
    assert run.exit_code == 0, str(run)
    assert "[host 1] " in run.log, str(run)


def test_nothing_is_left(evaluate_module):
    """Of the processes, by what they print; promptfoo itself does not end providers of an eval with failures."""
    run = evaluate_module({"providers": [provider("crashes.py")], "tests": asking("raise")}, "--no-cache")
    assert run.exit_code == SOME_FAILED, str(run)
    assert run.left_over() == []
    while processes_of(run.directory):
        time.sleep(0.05)


def processes_of(directory):
    """Those whose working directory that is."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            found += [pid] if os.readlink(f"/proc/{pid}/cwd") == str(directory) else []
        except OSError:
            pass
    return found
