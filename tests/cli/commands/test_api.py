"""Which API a call follows, when nobody says so."""

import subprocess

import pytest
from conftest import EXECUTABLE, provider

ECHO = provider("echo.py")
EMBEDDING = provider("embedding_only.py")


def test_a_function_with_an_apis_name_is_called_as_that_api(host):
    assert host("call", f"{ECHO}:call_embedding_api", "four").json["embedding"] == [4, 0.5]
    assert host("call", f"{ECHO}:call_classification_api", "four").json == {"classification": {"four": 1.0}}
    script = host.write(
        "methods.py",
        "class Tools:",
        "    @staticmethod",
        "    def call_embedding_api(prompt, options):",
        "        return {'embedding': [len(prompt)]}",
    )
    assert host("call", f"{script}:Tools.call_embedding_api", "four").json == {"embedding": [4]}


def test_an_api_that_was_asked_for_wins_over_the_name(host):
    result = host("call", f"{ECHO}:call_embedding_api", "four", "--api", "call")
    assert result.code == 1
    assert "takes 2 positional arguments but 3 were given" in result.stderr
    assert host("call", f"{ECHO}:call_embedding_api", '["four", {}]', "--api", "none").json["embedding"] == [4, 0.5]


def test_a_script_that_only_embeds_needs_no_api(host):
    assert host("call", EMBEDDING, "four").json == {"embedding": [4, 1.0]}
    done = host("batch", EMBEDDING, host.prompts("a", "bb"))
    assert (done.code, [line["result"]["embedding"][0] for line in done.lines]) == (0, [1, 2])
    only = host.write("only.py", "async def call_classification_api(p, o): return {'classification': {p: 1}}")
    assert host("call", only, "x").json == {"classification": {"x": 1}}


def test_a_script_that_only_embeds_says_what_is_missing_for_another_api(host):
    result = host("call", EMBEDDING, "four", "--api", "call")
    assert result.code == 1
    assert "has no function 'call_api'" in result.stderr and "call_embedding_api" in result.stderr


def test_each_line_of_a_batch_follows_its_own_function(host):
    lines = host.write(
        "lines.jsonl",
        {"prompt": "a"},
        {"prompt": "bb", "function": "call_embedding_api"},
        {"prompt": "c", "function": "call_classification_api"},
        {"prompt": "d", "function": "shout"},
    )
    done = host("batch", ECHO, lines)
    assert done.code == 0, done
    results = [line["result"] for line in done.lines]
    assert results[0]["output"] == "a"
    assert results[1]["embedding"] == [2, 0.5]
    assert results[2]["classification"] == {"c": 1.0}
    assert results[3] == {"output": "D"}


def test_a_batch_of_a_named_api(host):
    done = host("batch", f"{ECHO}:call_embedding_api", host.prompts("a", "bb"))
    assert [line["result"]["embedding"][0] for line in done.lines] == [1, 2]


# --- check


def test_stubs_beside_an_api_that_works_are_only_noted(host):
    script = provider("boilerplate.py")
    result = host("check", script)
    assert result.code == 0, result
    assert "The script can be used." in result.stdout and "errors:" not in result.stdout
    assert "note: call_embedding_api is called with 2 positional arguments (prompt, options)" in result.stdout
    report = host("check", script, "--json", "--call", "p").json
    assert (report["ok"], report["problems"], len(report["notes"]), report["api"]) == (True, [], 2, "call")
    assert report["call"]["result"] == {"output": "p"}


@pytest.mark.parametrize("arguments", [["--api", "embedding"], [":call_embedding_api"]])
def test_a_stub_that_is_asked_for_is_a_problem(host, arguments):
    script = provider("boilerplate.py")
    command = [script, *arguments] if len(arguments) > 1 else [script + arguments[0]]
    result = host("check", *command)
    assert result.code == 1
    assert "error: call_embedding_api is called with 2" in result.stdout
    assert "note: call_classification_api" in result.stdout
    assert "The script cannot be used like this." in result.stdout


def test_check_tries_the_api_that_there_is(host):
    result = host("check", EMBEDDING, "--call", "four")
    assert result.code == 0
    assert '"embedding"' in result.stdout
    assert "it has no call_api, so calls are those of call_embedding_api" in result.stdout


def test_check_names_both_when_a_script_has_the_two_other_apis(host):
    two = host.write(
        "two.py",
        "def call_embedding_api(prompt, options): return {'embedding': []}",
        "def call_classification_api(prompt, options): return {'classification': {}}",
    )
    result = host("check", two)
    assert result.code == 0
    assert "say which API with --api embedding or --api classification" in result.stdout


def test_an_imported_api_is_found(host):
    result = host("check", provider("imported_api.py"))
    assert result.code == 0, result
    assert "call_api(prompt, options, context)" in result.stdout


# --- where the prompt comes from


def test_a_prompt_comes_from_a_file_or_from_stdin(host):
    prompt = host.write("prompt.txt", "two", "lines")
    assert host("call", ECHO, f"@{prompt}").json["output"] == "two\nlines"
    assert host("call", ECHO, "-", input="from stdin\n").json["output"] == "from stdin"
    assert host("call", ECHO, "-", input="").json["output"] == ""
    assert host("call", f"{ECHO}:add", "-", "--api", "none", input="[1, 2]\n").stdout == "3\n"
    checked = host("check", ECHO, "--json", "--call", "-", input="from stdin\n").json
    assert checked["call"]["result"]["output"] == "from stdin"


@pytest.mark.parametrize("flags", [[], ["--api", "none"]])
def test_a_closed_stdin_is_no_empty_prompt(host, flags):
    target = f"{ECHO}:add" if flags else ECHO
    command = [str(EXECUTABLE), "call", str(target), "-", *flags]
    done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *command], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "provider-host: PROMPT: cannot read stdin: Bad file descriptor\n"


def test_a_prompt_that_starts_with_an_at_sign_has_two(host):
    assert host("call", ECHO, "@@ada hello").json["output"] == "@ada hello"
    missing = host("call", ECHO, "@ada hello")
    assert (missing.code, missing.stdout) == (2, "")
    assert "cannot read 'ada hello'" in missing.stderr and "'@@ada hello'" in missing.stderr


def test_a_prompt_file_that_is_no_text_is_refused(host):
    (host.directory / "bytes").write_bytes(b"\xff\xfe\x00")
    result = host("call", ECHO, "@bytes")
    assert (result.code, result.stdout) == (2, "")
    assert "PROMPT" in result.stderr and "UTF-8" in result.stderr
