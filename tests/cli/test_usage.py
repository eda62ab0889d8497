"""Help, version, and wrong usage."""

import pytest
from conftest import provider

COMMANDS = ["call", "batch", "check", "doctor"]


def test_version_is_printed(host):
    result = host("--version")
    assert result.code == 0
    assert result.stdout.startswith("provider-host 0.")


@pytest.mark.parametrize("arguments", [[], *[[command] for command in COMMANDS]])
def test_help_is_there_at_every_level_and_has_examples(host, arguments):
    result = host(*arguments, "--help")
    assert result.code == 0
    assert "Usage: provider-host" in result.stdout
    assert "  provider-host " in result.stdout.partition("Options:")[2]
    assert result.stderr == ""


def test_no_command_shows_the_help_on_stderr(host):
    result = host()
    assert (result.code, result.stdout) == (2, "")
    assert "Subcommands:" in result.stderr


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["cal"], "cal"),
        (["call"], "SCRIPT is required"),
        (["call", "x.py"], "PROMPT is required"),
        (["call", "x.py", "p", "--nonsense"], "--nonsense"),
        (["call", "x.py", "p", "--workers", "0"], "whole number of at least 1"),
        (["call", "x.py", "p", "--workers", "two"], "whole number of at least 1"),
        (["call", "x.py", "p", "--concurrency", "-1"], "whole number of at least 1"),
        (["call", "x.py", "p", "--timeout", "-1"], "no number of seconds"),
        (["call", "x.py", "p", "--timeout", "nan"], "no number of seconds"),
        (["call", "x.py", "p", "--timeout", "inf"], "no number of seconds"),
        (["call", "x.py", "p", "--api", "embeddings"], "call|embedding|classification|none"),
        (["call", "x.py", "p", "--log-level", "loud"], "debug|info|warning|error|off"),
        (["call", "x.py", "p", "--nan", "zero"], "error|null"),
        (["call", "x.py", "p", "--capture"], "--envelope"),
        (["call", "x.py", "p", "--envelope", "--capture", "--concurrency", "2"], "--concurrency"),
        (["call", "x.py", "p", "--options", "{"], "--options: '{' is no JSON"),
        (["call", "x.py", "p", "--options", "[]"], "a JSON object is due"),
        (["call", "x.py", "p", "--options", "@nowhere.json"], "cannot read 'nowhere.json'"),
        (["call", "x.py", "p", "--config", "model=gpt"], "quote a string"),
        (["call", "x.py", "p", "--config", "model"], "KEY=VALUE"),
        (["call", "x.py", "p", "--var", "=x"], "KEY=VALUE"),
        (["call", "x.py:", "p"], "names no function"),
        (["call", "x.py", "[1]", "--api", "none"], "SCRIPT:FUNCTION"),
        (["call", "x.py:f", "1", "--api", "none"], "JSON array"),
        (["batch", "x.py", "-", "--resume"], "--output"),
        (["batch", "x.py", "-", "--capture", "--concurrency", "2"], "--concurrency"),
        (["batch", "x.py", "prompts.txt", "--api", "none"], "cannot read the input 'prompts.txt'"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(host, arguments, said):
    result = host(*arguments)
    assert (result.code, result.stdout) == (2, ""), result
    assert said in result.stderr


def test_a_wrong_environment_variable_is_wrong_usage_too(host):
    result = host("call", provider("echo.py"), "p", PROVIDER_HOST_WORKERS="many")
    assert result.code == 2
    assert "whole number" in result.stderr
    assert host("call", provider("echo.py"), "p", PROVIDER_HOST_LOG="loud").code == 2


def test_a_prompt_that_is_no_utf8_is_wrong_usage(host):
    result = host("call", provider("echo.py"), b"\xff".decode(errors="surrogateescape"))
    assert result.code == 2
    assert "PROMPT: it is not valid UTF-8" in result.stderr
