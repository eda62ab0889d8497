"""Every kind of function that a provider script may have, and what it is given."""

import json

import pytest

from .promptfoo_cli import script

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(300), pytest.mark.xdist_group("evals")]
EVERYTHING = script("everything.py")


def only(provider, *assertions):
    return {"vars": {"name": "Ada"}, "providers": [provider], "assert": list(assertions)}


def test_functions_methods_embeddings_and_classification(evaluate):
    providers = {
        "default": EVERYTHING,
        "static": f"{EVERYTHING}:Model.fixed",
        "class": EVERYTHING.replace("file://", "python:") + ":Model.made",
        "instance": f"{EVERYTHING}:model.answer",
    }
    similar = {"type": "similar", "value": "instance of the same letter", "threshold": 0.9, "provider": EVERYTHING}
    run = evaluate(
        {
            "prompts": ["please greet {{name}}"],
            "providers": [{"id": id, "label": label} for label, id in providers.items()],
            "tests": [
                only("static", {"type": "equals", "value": "static: please greet Ada"}),
                only("class"),
                only("instance", similar),
                only("instance", {**similar, "value": "another letter"}),
                only("static", {"type": "classifier", "value": "polite", "threshold": 0.8, "provider": EVERYTHING}),
            ],
        },
        "--no-cache",
        "-j",
        "1",
    )
    outputs = [outcome.output for outcome in run.outcomes]
    assert outputs == [
        "static: please greet Ada",
        "Model: please greet Ada",
        "instance: answer 1 to please greet Ada",
        "instance: answer 2 to please greet Ada",
        "static: please greet Ada",
    ], str(run)
    assert [outcome.success for outcome in run.outcomes] == [True, True, True, False, True], str(run)
    assert "0.9" in run.outcomes[3].error and "Similarity" in run.outcomes[3].error, str(run)


def test_config_variables_and_metadata_reach_the_script(evaluate, tmp_path):
    (tmp_path / "prices.json").write_text('{"input": 0.5}')
    (tmp_path / "settings.py").write_text("def get_config():\n    return {'from': 'Python'}\n")
    config = {"model": "small", "prices": "file://prices.json", "settings": "file://settings.py", "nested": {"a": [1]}}
    run = evaluate(
        {
            "prompts": [{"raw": "greet {{name}}", "label": "a greeting", "config": {"tone": "warm"}}],
            "providers": [{"id": EVERYTHING, "label": "everything", "config": config}],
            "tests": [{"vars": {"name": "Ada", "list": {"a": [1, 2.5, None]}}, "metadata": {"ticket": 7}}],
        },
        "--no-cache",
    )
    assert run.exit_code == 0, str(run)
    given = run.outcomes[0].output
    assert given["prompt"] == "greet Ada"
    assert {key: given["options"]["config"][key] for key in config} == {
        "model": "small",
        "prices": {"input": 0.5},
        "settings": {"from": "Python"},
        "nested": {"a": [1]},
    }, json.dumps(given, indent=1)
    assert tmp_path / given["options"]["config"]["basePath"] == tmp_path
    context = given["context"]
    variables = {name: value for name, value in context["vars"].items() if not name.startswith("__")}
    assert variables == {"name": "Ada", "list": {"a": [1, 2.5, None]}}
    assert context["test"]["metadata"]["ticket"] == 7
    assert (context["prompt"]["label"], context["prompt"]["config"]) == ("a greeting", {"tone": "warm"})


@pytest.mark.parametrize("ask", [{"workers": 4}, {}], ids=["config.workers", "-j 4"])
def test_four_workers_answer_at_the_same_time(evaluate, ask):
    run = evaluate(
        {
            "prompts": ["{{prompt}}"],
            "providers": [{"id": script("meeting.py"), "config": {"expected": 4, **ask}}],
            "tests": [{"vars": {"prompt": f"number {number}"}} for number in range(8)],
        },
        "--no-cache",
        "-j",
        "4",
    )
    assert run.exit_code == 0, str(run)
    assert len({outcome.output for outcome in run.outcomes}) == 4, str(run)


def test_retries_stay_those_of_promptfoo(evaluate, tmp_path):
    run = evaluate(
        {
            "prompts": ["{{prompt}}"],
            "providers": [script("busy.py")],
            "tests": [{"vars": {"prompt": prompt}} for prompt in ("busy", "fine", "fails")],
        },
        "-j",
        "1",
    )
    # What sounds like a server that is busy is tried again.
    assert (tmp_path / "calls.txt").read_text().split() == ["busy", "busy", "fine", "fails"], str(run)
    busy, fine, fails = run.outcomes
    assert (busy.output, fine.output, fails.error) == ("busy answered", "fine answered", "refused by the script")
    assert [outcome.response["cached"] for outcome in (busy, fine)] == [False, False]


def test_cached_embeddings_are_not_made_again(evaluate, tmp_path):
    configuration = {
        "prompts": ["{{prompt}}"],
        "providers": [script("busy.py")],
        "tests": [{"vars": {"prompt": "fine"}, "assert": [{"type": "similar", "value": "similar", "threshold": 0.9}]}],
        "defaultTest": {"options": {"provider": {"embedding": {"id": script("busy.py")}}}},
    }
    runs = [evaluate(configuration), evaluate(configuration)]
    assert [run.exit_code for run in runs] == [0, 0], "\n".join(map(str, runs))
    calls = (tmp_path / "calls.txt").read_text().split("\n")
    assert (calls.count("embedding: similar"), calls.count("embedding: fine answered")) == (1, 1), calls


def test_cached_results_are_marked_and_the_function_is_not_executed_again(library, tmp_path):
    fresh, cached, other = library(
        f"const provider = await loadApiProvider('{script('busy.py')}', {{options: {{config: {{}}}}}});"
        "for (const prompt of ['fine', 'fine', 'other']) tell(await provider.callApi(prompt, {vars: {}, prompt: {}}));"
        "await provider.shutdown();"
    )
    assert (tmp_path / "calls.txt").read_text().split() == ["fine", "other"]
    assert fresh == {**fresh, "output": "fine answered", "cached": False}
    assert fresh["tokenUsage"] == {"total": 5, "prompt": 2, "completion": 3, "numRequests": 1}
    assert cached == {**cached, "output": "fine answered", "cached": True}
    assert cached["tokenUsage"] == {"total": 5, "cached": 5, "numRequests": 1}
    assert other["output"] == "other answered"
