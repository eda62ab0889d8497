"""Help, version, and wrong usage."""

import pytest
from conftest import provider

WORKERS = "must be a whole number from 1 to 10000, or the least (0 or more) and the most, as 1:8 or (1, 8)"
COMMANDS = ["call", "batch", "merge", "pipe", "check", "doctor"]


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


def test_the_help_of_a_batch_has_its_options_in_groups(host):
    groups = host("batch", "--help").stdout.split("\n\n")
    heads = {group.partition("\n")[0]: group for group in groups}
    assert "--workers N|MIN:MAX=1 " in heads["Hosts:"]
    assert "--preload[=off|auto|on] " in heads["Hosts:"]
    assert "--retries N=0" in heads["Failures:"]
    assert "--memory-limit SIZE" in heads["Resources:"]
    assert "--env inherit|clean" in heads["Environment of the hosts:"]
    assert "--max-calls-per-host" not in host("call", "--help").stdout


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
        (["call", "x.py", "p", "--workers", "0"], f"--workers {WORKERS}, not '0'"),
        (["call", "x.py", "p", "--workers", "two"], f"--workers {WORKERS}, not 'two'"),
        (["call", "x.py", "p", "--workers", "8:1"], f"--workers {WORKERS}, not '8:1'"),
        (["call", "x.py", "p", "--workers", "1:"], f"--workers {WORKERS}, not '1:'"),
        (["call", "x.py", "p", "--workers", "a:b"], f"--workers {WORKERS}, not 'a:b'"),
        (["call", "x.py", "p", "--workers", "0:0"], f"--workers {WORKERS}, not '0:0'"),
        (["call", "x.py", "p", "--preload=yes"], "--preload must be one of off|auto|on, not 'yes'"),
        (["call", "x.py", "p", "--preload", "on"], "the value of --preload goes behind '=': --preload=on"),
        (["call", "x.py", "p", "--spares", "1"], "--spares is no option of call, but of batch"),
        (["batch", "x.py", "-", "--spares", "-1"], "--spares must be a whole number from 0 (none) to 10000, not '-1'"),
        (["batch", "x.py", "-", "--idle-timeout", "x"], "--idle-timeout must be a number of seconds from 0 (never) up"),
        (["batch", "x.py", "-", "--idle-timeout", "5"], "--idle-timeout: a fixed number of --workers is kept; give"),
        (["serve", "x.py", "--idle-timeout", "5"], "(that of connections is --keep-alive-timeout)"),
        (["call", "x.py", "p", "--concurrency", "-1"], "--concurrency must be a whole number from 1 to 100000"),
        (["call", "x.py", "p", "--timeout", "-1"], "--timeout must be a number of seconds from 0 (no limit)"),
        (["call", "x.py", "p", "--timeout", "nan"], "--timeout must be a number of seconds"),
        (["call", "x.py", "p", "--timeout", "inf"], "--timeout must be a number of seconds"),
        (["call", "x.py", "p", "--api", "embeddings"], "call|embedding|classification|none"),
        (["call", "x.py", "p", "--log-level", "loud"], "debug|info|warning|error|off"),
        (["call", "x.py", "p", "--nan", "zero"], "error|null"),
        (["call", "x.py", "p", "--capture"], "--envelope"),
        (["call", "x.py", "p", "--envelope", "--capture", "--concurrency", "2"], "--concurrency"),
        (["call", "x.py", "p", "--workers", "99999999999"], f"--workers {WORKERS}, not '99999999999'"),
        (["call", "x.py", "p", "--workers", "1000000000"], "--workers must be a whole number from 1 to 10000"),
        (["call", "x.py", "p", "--concurrency", "1000000000"], "--concurrency must be a whole number from 1 to 100000"),
        (["call", "x.py", "p", "--concurrency", ""], "--concurrency must be a whole number from 1 to 100000, not ''"),
        (["call", "x.py", "p", "--workers"], "--workers needs a value"),
        (["call", "x.py", "p", "--workers", "2", "--workers", "3"], "--workers may be given only once"),
        (["call", "x.py", "two", "words"], "'words' is one argument too many; what has spaces in it needs quotes"),
        (["batch", "x.py", "-", "-o", "o", "--resume=forse"], "provider-host: --resume: 'forse' means nothing"),
        (["call", "", "p"], "SCRIPT was given an empty value"),
        (["call", "x.py", "p", "--options", ""], "--options was given an empty value"),
        (["call", "x.py", "p", "--python", ""], "--python must be a text that is not empty"),
        (["batch", "x.py", ""], "INPUT was given an empty value"),
        (["batch", "x.py", "-", "-o", ""], "--output was given an empty value"),
        (["batch", "x.py", "-", "--stats-json", ""], "--stats-json was given an empty value"),
        (["doctor", "--python", ""], "--python was given an empty value"),
        (["call", "x.py", "p", "--retries", "-1"], "--retries must be a whole number from 0 to 1000000, not '-1'"),
        (
            ["call", "x.py", "p", "--retry-backoff", "-1"],
            "--retry-backoff must be a number of seconds from 0 (at once)",
        ),
        (["call", "x.py", "p", "--max-crashes-per-call", "0"], "--max-crashes-per-call must be a whole number from 1"),
        (
            ["call", "x.py", "p", "--interrupt-grace", "nan"],
            "--interrupt-grace must be a number of seconds from 0 (at once)",
        ),
        (["call", "x.py", "p", "--quarantine-after", "1"], "--quarantine-after"),
        (
            ["batch", "x.py", "-", "--quarantine-after", "-1"],
            "--quarantine-after must be a whole number from 0 (never)",
        ),
        (
            ["batch", "x.py", "-", "--max-calls-per-host", "-1"],
            "--max-calls-per-host must be a whole number from 0 (never)",
        ),
        (
            ["batch", "x.py", "-", "--max-rss", "1.5"],
            "--max-rss must be a size from 0 (never) to 128 PiB, in bytes or with K",
        ),
        (
            ["call", "x.py", "p", "--memory-limit", "12Q"],
            "--memory-limit must be a size from 0 (no limit) to 128 PiB, in bytes or with",
        ),
        (["call", "x.py", "p", "--memory-limit", "-1"], "--memory-limit must be a size"),
        (["call", "x.py", "p", "--env", "none"], "inherit|clean"),
        (["call", "x.py", "p", "--keep-env", "A"], "--keep-env: without --env clean every variable is kept"),
        (
            ["call", "x.py", "p", "--env", "clean", "--keep-env", "A=1"],
            "--keep-env must be names of environment variables",
        ),
        (
            ["call", "x.py", "p", "--set-env", "A"],
            "--set-env must be environment variables with their values, as NAME=VALUE",
        ),
        (
            ["call", "x.py", "p", "--set-env", "=1"],
            "--set-env must be environment variables with their values, as NAME=VALUE",
        ),
        (["call", "x.py", "p", "--cwd", "nowhere"], "--cwd: 'nowhere' is no directory"),
        (["call", "x.py", "p", "--cwd", ""], "--cwd: '' is no directory"),
        (
            ["call", "x.py", "p", "--umask", "1000"],
            "--umask must be a mask of file permissions, octal digits from 0 to 777",
        ),
        (["call", "x.py", "p", "--umask", "8"], "--umask must be a mask of file permissions"),
        (["call", "x.py", "p", "--options", "{"], "--options: '{' is no JSON"),
        (["call", "x.py", "p", "--options", "[]"], "a JSON object is due"),
        (["call", "x.py", "p", "--options", "@nowhere.json"], "cannot read 'nowhere.json'"),
        (["call", "x.py", "p", "--options", "@."], "--options: cannot read '.'"),
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
    assert f"{WORKERS}, not 'many'" in result.stderr
    assert "PROVIDER_HOST_WORKERS" in result.stderr
    assert "--workers" not in result.stderr.partition("\n")[0]
    result = host("call", provider("echo.py"), "p", PROVIDER_HOST_LOG="loud")
    assert result.code == 2
    assert "PROVIDER_HOST_LOG" in result.stderr
    # What was typed is at fault, whatever the environment has.
    result = host("call", provider("echo.py"), "p", "--workers", "x", PROVIDER_HOST_WORKERS="2")
    assert "--workers" in result.stderr
    assert "PROVIDER_HOST_WORKERS" not in result.stderr
    result = host("call", provider("echo.py"), "p", PROVIDER_HOST_PYTHON="/no/python")
    assert result.code == 2
    assert "PROVIDER_HOST_PYTHON" in result.stderr


@pytest.mark.parametrize("command", ["batch", "pipe", "serve"])
@pytest.mark.parametrize(
    "flags",
    ["--preload --spares 2 --workers 4", "--preload=auto --workers 0:8 --idle-timeout 0.5", "--preload=off --spares 0"],
)
def test_hosts_may_be_forked_kept_in_reserve_and_come_and_go(host, command, flags):
    result = host(command, *flags.split())
    assert (result.code, result.stdout) == (2, "")
    assert "SCRIPT is required" in result.stderr, result  # all else is right


def test_an_argument_may_follow_preload(host):
    result = host("call", "--preload", provider("echo.py"), "hello", PROVIDER_HOST_WORKERS="1:2")
    assert (result.code, result.json["output"]) == (0, "hello"), result


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["cal", "x.py", "p"], "'cal' is no command; did you mean 'call'?"),
        (["batsh", "x.py", "-", "--workers", "2"], "'batsh' is no command; did you mean 'batch'?"),
        (["batch", "x.py", "-", "--worker", "2"], "--worker is no option of batch; did you mean '--workers'?"),
        (["batch", "x.py", "-", "--wrokers=2"], "--wrokers is no option of batch; did you mean '--workers'?"),
        (["call", "--conccurrency", "2", "x.py"], "did you mean '--concurrency'?"),
        (["call", "x.py", "p", "--unordered"], "--unordered is no option of call, but of batch"),
        (["call", "x.py", "p", "--frobnicate"], "--frobnicate is no option of call"),
        (["call", "x.py", "-q"], "goes behind --"),
        (["call", "x.py", "p", "--options", "@optoins.json"], "did you mean 'options.json'?"),
        (["batch", "x.py", "prompts.json"], "did you mean 'prompts.jsonl'?"),
        (["batch", "x.py", "sub/prompt.csv"], "did you mean 'sub/prompts.csv'?"),
    ],
)
def test_misspelt_words_and_files_get_a_suggestion(host, arguments, said):
    host.write("options.json", {})
    host.write("prompts.jsonl", {"prompt": "a"})
    (host.directory / "sub").mkdir()
    host.write("sub/prompts.csv", "prompt")
    result = host(*arguments)
    assert (result.code, result.stdout) == (2, ""), result
    assert said in result.stderr


def test_a_misspelt_script_gets_a_suggestion(host):
    host.write("provider.py", "def call_api(*_):", "    return {'output': 1}")
    for arguments in [["call", "provdier.py", "p"], ["check", "providr.py:fn"], ["call", "file://provider.pyy", "p"]]:
        result = host(*arguments)
        assert result.code == 3
        assert "did you mean 'provider.py'?" in result.stderr
    assert "did you mean" not in host("call", "something_else.py", "p").stderr


def test_a_prompt_that_is_no_utf8_is_wrong_usage(host):
    result = host("call", provider("echo.py"), b"\xff".decode(errors="surrogateescape"))
    assert result.code == 2
    assert "PROMPT: it is not valid UTF-8" in result.stderr
