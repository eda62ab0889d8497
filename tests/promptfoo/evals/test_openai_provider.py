"""promptfoo's own provider for OpenAI's API, with a server of `provider-host serve` behind it."""

import pytest

from serve.serving import servers

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(300), pytest.mark.xdist_group("evals")]

SCRIPT = '''
def call_api(prompt, options, context):
    if prompt == "fail":
        raise ValueError("not this one")
    return {"output": prompt.upper(), "tokenUsage": {"prompt": 2, "completion": 3, "total": 5}}


def call_embedding_api(prompt, options):
    return {"embedding": [float(prompt.lower().count(letter)) for letter in "aeioustnr"]}
'''


@pytest.fixture
def api(tmp_path):
    (tmp_path / "chat.py").write_text(SCRIPT, encoding="utf-8")
    with servers(tmp_path) as start:
        server = start(tmp_path / "chat.py", "--chat-prompt", "last-user", "--workers", "2")
        server.wait_until_ready()
        yield {"apiBaseUrl": server.api, "apiKey": "none"}


def test_an_eval_of_a_server(evaluate, api):
    run = evaluate(
        {
            "prompts": ["{{text}}", "say {{text}}"],
            "providers": [{"id": "openai:chat:chat", "config": {**api, "temperature": 0}}],
            "tests": [
                {"vars": {"text": "once"}, "assert": [{"type": "contains", "value": "ONCE"}]},
                {"vars": {"text": "upon a time"}, "assert": [{"type": "contains", "value": "UPON A TIME"}]},
            ],
        }
    )
    assert run.exit_code == 0, run
    assert [outcome.output for outcome in run.outcomes] == ["ONCE", "SAY ONCE", "UPON A TIME", "SAY UPON A TIME"]
    assert run.outcomes[0].response["tokenUsage"]["total"] == 5


def test_an_exception_is_the_error_of_the_test(evaluate, api):
    run = evaluate(
        {
            "prompts": ["{{text}}"],
            "providers": [{"id": "openai:chat:chat", "config": api}],
            "tests": [{"vars": {"text": "fail"}}, {"vars": {"text": "pass"}}],
        }
    )
    failed, passed = run.outcomes
    assert "not this one" in failed.error, run
    assert passed.output == "PASS"


def test_embeddings_of_a_server_grade_what_is_similar(evaluate, api):
    provider = {"id": "openai:embedding:chat", "config": api}

    def similar(value):
        return {"type": "similar", "value": value, "threshold": 0.9, "provider": provider}

    run = evaluate(
        {
            "prompts": ["{{text}}"],
            "providers": [{"id": "openai:chat:chat", "config": api}],
            "tests": [
                {"vars": {"text": "once upon a time"}, "assert": [similar("time, a once upon")]},
                {"vars": {"text": "eeee"}, "assert": [similar("uuuu")]},
            ],
        }
    )
    assert [outcome.success for outcome in run.outcomes] == [True, False], run
