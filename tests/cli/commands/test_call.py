"""`provider-host call`."""

import json
import subprocess

import pytest
from conftest import EXECUTABLE, provider, with_a_limit

ECHO = provider("echo.py")


def test_the_result_is_one_line_of_json_on_stdout(host):
    result = host("call", ECHO, "Hello")
    assert result.code == 0
    assert result.stdout.count("\n") == 1
    assert result.json["output"] == "Hello"
    assert result.json["options"] == {"config": {}}
    assert result.json["context"] == {"vars": {}, "prompt": {"raw": "Hello", "label": "Hello"}}


def test_options_and_context_are_put_together(host):
    config = host.write("config.json", {"nested": [1, 2]})
    result = host(
        "call",
        ECHO,
        "p",
        "--options",
        '{"id":"me","config":{"a":1}}',
        "--config",
        "b=0.50",
        "--config",
        f"c=@{config}",
        "--config",
        'd="x=y"',
        "--context",
        '{"test":1}',
        "--var",
        "name=Ada",
        "--var",
        "n=5",
    )
    assert result.json["options"] == {"id": "me", "config": {"a": 1, "b": 0.5, "c": {"nested": [1, 2]}, "d": "x=y"}}
    assert result.json["context"]["vars"] == {"name": "Ada", "n": "5"}
    assert result.json["context"]["test"] == 1


@pytest.mark.parametrize(
    "prompt", ["", "👩‍👩‍👧 e\u0301 مرحبا 你好 \u202e", "two\nlines\ttab", "[1, 2]", "{}", "@@file", '"quoted\\"']
)
def test_prompts_go_through_unchanged(host, prompt):
    result = host("call", ECHO, prompt)
    meant = prompt.replace("@@", "@")
    assert result.json["output"] == meant
    assert result.json["context"]["prompt"]["raw"] == meant


def test_a_prompt_that_starts_with_a_dash_stands_behind_two(host):
    assert host("call", ECHO, "--", "-5 degrees").json["output"] == "-5 degrees"


def test_no_number_loses_a_digit(host):
    numbers = "[123456789012345678901234567890,1" + "0" * 400 + ",-7]"
    assert host("call", f"{ECHO}:same", numbers, "--api", "none").stdout == numbers + "\n"


def test_other_apis(host):
    assert host("call", ECHO, "four", "--api", "embedding").json["embedding"] == [4, 0.5]
    assert host("call", ECHO, "four", "--api", "classification").json == {"classification": {"four": 1.0}}
    assert host("call", f"{ECHO}:add", "[1, 2, 3]", "--api", "none").stdout == "6\n"


@pytest.mark.parametrize("spec", ["{}:shout", "file://{}:shout", "python:{}:shout"])
def test_a_function_is_named_behind_a_colon(host, spec):
    assert host("call", spec.format(ECHO), "hey").json == {"output": "HEY"}
    assert host("call", f"{ECHO}:Polite.greet", "Ada").json == {"output": "Good day, Ada"}


def test_a_directory_with_a_colon_in_its_name(host):
    directory = host.directory / "a:b"
    directory.mkdir()
    (directory / "x.py").write_text("def call_api(*a): return {'output': 1}\ndef other(*a): return {'output': 2}\n")
    assert host("call", "a:b/x.py", "p").json == {"output": 1}
    assert host("call", "a:b/x.py:other", "p").json == {"output": 2}


def test_an_exception_goes_to_stderr_with_its_traceback(host):
    result = host("call", provider("failing.py"), "raise")
    assert (result.code, result.stdout) == (1, "")
    assert "python_exception" in result.stderr
    assert "ValueError: this prompt is not for me" in result.stderr
    assert "failing.py" in result.stderr


def test_a_crash_is_reported_and_leaves_nothing_behind(host):
    result = host("call", provider("failing.py"), "crash")
    assert (result.code, result.stdout) == (1, "")
    assert "SIGABRT" in result.stderr


def test_a_provider_error_is_printed_and_counts_as_a_failure(host):
    result = host("call", provider("failing.py"), "provider error")
    assert result.code == 1
    assert result.json["error"] == "rate limit"


@pytest.mark.parametrize("error", ["null", "false", '""', "0"])
def test_an_error_that_says_nothing_is_none(host, error):
    assert host("call", provider("failing.py"), "falsy errors", "--config", f"error={error}").code == 0


def test_what_json_has_not_is_an_error_unless_told_otherwise(host):
    script = provider("failing.py")
    for prompt, option, value, output in [
        ("nan", "--nan", "null", [1.0, None]),
        ("bytes", "--bytes", "base64", "AP8="),
        ("surrogate", "--surrogates", "replace", "a\ufffdb"),
    ]:
        refused = host("call", script, prompt)
        assert refused.code == 1
        assert "invalid_response" in refused.stderr and "$.output" in refused.stderr
        assert host("call", script, prompt, option, value).json["output"] == output


def test_the_envelope_is_a_line_of_a_batch(host):
    result = host("call", ECHO, "p", "--envelope")
    assert list(result.json) == ["index", "id", "ok", "result", "latency_ms", "host", "pid"]
    failed = host("call", provider("failing.py"), "no output", "--envelope")
    assert failed.code == 1
    assert failed.json["error"]["kind"] == "invalid_response"
    captured = host("call", provider("printing.py"), "hi", "--envelope", "--capture").json
    assert (captured["stdout"], captured["stderr"]) == ("out hi\n", "err hi\n")


def test_prints_go_to_stderr_with_the_number_of_the_host(host):
    result = host("call", provider("printing.py"), "hi")
    assert result.json == {"output": "hi"}
    for line in ["[host 1] imported", "[host 1] out hi", "[host 1] err hi"]:
        assert line in result.stderr.splitlines()
    assert host("call", provider("printing.py"), "hi", "--log-level", "off").stderr == ""
    assert "out hi" not in host("call", provider("printing.py"), "hi", PROVIDER_HOST_LOG="warning").stderr


def test_what_the_import_printed_stands_before_the_result(host):
    prints = "for i in range(8000): print('line', i)"
    script = host.write("p.py", prints, "def call_api(*_): return {'output': 'done'}")
    with (host.directory / "all.txt").open("w") as both:
        command = [EXECUTABLE, "call", script, "p", "--log-level", "info"]
        subprocess.run(command, stdout=both, stderr=both, env=host.environment, check=True)
    assert (host.directory / "all.txt").read_text().endswith('line 7999\n{"output":"done"}\n')


def test_a_forged_result_line_stays_out_of_the_results(host):
    assert host("call", provider("printing.py"), "json").json == {"output": "json"}
    assert host("call", provider("printing.py"), "any bytes").json == {"output": "any bytes"}


def test_a_timeout_says_where_the_code_was(host, gate):
    _, result = with_a_limit(
        lambda limit: host("call", provider("gate.py"), "wait", "--timeout", limit, **gate.environment),
        lambda result: "gate.py" in result.stderr,
        [0.2, 1, 5],
    )
    assert (result.code, result.stdout) == (1, "")
    assert "timeout" in result.stderr and "gate.py" in result.stderr


def test_scripts_that_are_not_there_or_cannot_be_imported(host):
    for script, said in [
        ("nowhere.py", "there is no provider script"),
        (str(host.directory), "is a directory"),
        (provider("raises_at_import.py"), "RuntimeError: no licence file"),
        (str(host.write("syntax.py", "def (:")), "SyntaxError"),
    ]:
        result = host("call", script, "p")
        assert (result.code, result.stdout) == (3, ""), result
        assert said in result.stderr


def test_a_function_that_is_not_there_is_a_failed_call_with_a_suggestion(host):
    result = host("call", f"{ECHO}:shuot", "p")
    assert result.code == 1
    assert "function_not_found" in result.stderr and "shout" in result.stderr


def test_wrong_interpreters(host):
    (host.directory / "text").write_text("no program")
    for python in ["/no/such/python", str(host.directory), str(host.directory / "text"), "/bin/true", "no-such-python"]:
        result = host("call", ECHO, "p", "--python", python)
        assert (result.code, result.stdout) == (2, ""), result
        assert python in result.stderr
    assert host("call", ECHO, "p", PROVIDER_HOST_PYTHON="/no/such/python").code == 2


def test_deep_and_large_results(host):
    values = provider("values.py")
    deep = host("call", values, "p", "--options", '{"config":{"kind":"deep","depth":900}}')
    assert deep.code == 0
    too_deep = host("call", values, "p", "--options", '{"config":{"kind":"deep","depth":50000}}')
    assert (too_deep.code, too_deep.stdout) == (1, "")
    assert "invalid_response" in too_deep.stderr
    large = host("call", values, "p", "--options", '{"config":{"kind":"large","bytes":50000000}}')
    assert len(large.json["output"]) == 25_000_000


def test_large_arguments_come_from_a_file(host):
    path = host.directory / "arguments.json"
    path.write_text(json.dumps(["x" * 50_000_000]))
    result = host("call", f"{ECHO}:same", f"@{path}", "--api", "none")
    assert len(result.json[0]) == 50_000_000


def test_an_output_that_cannot_be_written_is_an_internal_error(host):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [EXECUTABLE, "call", ECHO, "p"], stdout=full, stderr=subprocess.PIPE, env=host.environment
        )
    assert done.returncode == 4
    assert b"No space left on device" in done.stderr


def test_closed_standard_descriptors_are_errors_and_nothing_is_written_elsewhere(host):
    shell = ["sh", "-c", '"$0" call "$1" p >&-', EXECUTABLE, ECHO]
    done = subprocess.run(shell, stderr=subprocess.PIPE, env=host.environment)
    assert done.returncode == 4
    assert b"cannot write to stdout" in done.stderr
    done = subprocess.run(
        ["sh", "-c", '"$0" call "$1" p 2>&-', EXECUTABLE, ECHO], stdout=subprocess.PIPE, env=host.environment
    )
    assert done.returncode == 0
    assert b'"output":"p"' in done.stdout


LOOP_SCRIPT = """
import asyncio

async def call_api(prompt, options, context):
    return {"output": type(asyncio.get_running_loop()).__name__}
"""


@pytest.mark.parametrize("concurrency", [1, 2])
def test_async_functions_run_on_the_event_loop_that_was_asked_for(host, concurrency):
    host.write(
        "uvloop.py",
        "import asyncio\nclass Loop(asyncio.SelectorEventLoop): pass\ndef new_event_loop(): return Loop()\n",
    )
    script = host.write("script.py", LOOP_SCRIPT)
    path = {"PYTHONPATH": str(script.parent)}
    command = ("call", script, "p", "--concurrency", concurrency)
    assert host(*command, "--event-loop", "uvloop", **path).json["output"] == "Loop"
    assert host(*command, **path).json["output"] != "Loop"


def test_an_event_loop_that_is_not_installed_is_told_with_the_command_that_installs_it(host):
    host.write("sitecustomize.py", "import sys\nsys.modules['uvloop'] = None\n")
    script = host.write("script.py", LOOP_SCRIPT)
    result = host("call", script, "p", "--event-loop", "uvloop", PYTHONPATH=str(script.parent))
    assert result.code == 3
    assert "the option event_loop imports 'uvloop', which is not installed" in result.stderr
    assert "-m pip install uvloop" in result.stderr
