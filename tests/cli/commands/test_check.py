"""`provider-host check`."""

import pytest
from conftest import alive, provider

ECHO = provider("echo.py")


def test_it_reports_python_import_time_and_functions(host):
    result = host("check", ECHO)
    assert result.code == 0
    for text in [
        "python:  3.",
        "import:",
        " ms",
        "sync  call_api(prompt, options, context)",
        "async call_classification_api(prompt, options)",
        "The script can be used.",
    ]:
        assert text in result.stdout
    report = host("check", ECHO, "--json").json
    assert report["ok"] is True
    assert report["script"] == ECHO and report["files"] == [ECHO]
    add = {"name": "add", "kind": "sync", "streams": False, "signature": "(*numbers)", "faults": []}
    assert add in report["functions"]
    assert report["import_ms"] >= 0 and report["ready_ms"] > report["import_ms"]


def test_a_trial_call_is_validated(host):
    result = host("check", ECHO, "--call", "héllo", "--var", "a=1")
    assert result.code == 0
    assert "call: ok" in result.stdout and '"output": "héllo"' in result.stdout
    assert host("check", ECHO, "--call", "p", "--json").json["call"]["result"]["output"] == "p"
    failed = host("check", provider("failing.py"), "--call", "no output")
    assert failed.code == 1
    assert "call: failed" in failed.stdout and "invalid_response" in failed.stdout
    assert host("check", provider("failing.py"), "--call", "provider error").code == 1


def test_a_script_with_another_name_for_the_api_gets_a_suggestion(host):
    result = host("check", provider("no_api.py"))
    assert result.code == 1
    assert "'call_ap' looks like 'call_api'" in result.stdout
    assert host("check", provider("no_api.py") + ":call_ap", "--call", "p").code == 0


def test_faults_of_an_api_make_the_script_unusable(host):
    result = host("check", provider("wrong_signature.py"))
    assert result.code == 1
    assert "called with 3 positional arguments" in result.stdout


@pytest.mark.parametrize(
    "arguments, code",
    [
        ([ECHO + ":shout"], 0),
        ([ECHO + ":nothing"], 1),
        ([ECHO, "--api", "embedding"], 0),
        ([provider("small.py"), "--api", "embedding"], 1),
    ],
)
def test_what_was_asked_for_must_be_there(host, arguments, code):
    assert host("check", *arguments).code == code


def test_a_script_that_cannot_be_imported_is_3_with_its_traceback(host):
    for script, said in [
        (provider("raises_at_import.py"), "RuntimeError: no licence file"),
        ("nowhere.py", "nowhere.py"),
    ]:
        result = host("check", script)
        assert (result.code, result.stdout) == (3, "")
        assert said in result.stderr
        assert host("check", script, "--json").json["error"]["kind"] == "import_failed"


def test_an_import_that_takes_too_long_is_stopped(host, gate):
    script = host.write(
        "slow.py",
        "import os, pathlib, time",
        "pathlib.Path(os.environ['GATE_DIRECTORY'], 'x.pid').write_text(str(os.getpid()))",
        "time.sleep(3600)",
    )
    result = host("check", script, "--start-timeout", "0.5", **gate.environment)
    assert result.code == 3
    assert "start_timeout" in result.stderr and "slow.py" in result.stderr
    assert not any(map(alive, gate.pids()))


def test_values_that_answer_every_attribute_are_not_asked(host):
    script = provider("answers_everything.py")
    report = host("check", script, "--json").json
    assert [(each["name"], each["kind"], each["signature"]) for each in report["functions"]] == [
        ("client", "sync", "()"),
        ("unbound", "sync", "()"),
        ("call_embedding_api", "sync", "(*args)"),
        ("hidden", "async", "()"),
        ("plain", "sync", "()"),
        ("twice", "async", "()"),
        ("cached", "sync", "()"),
        ("bound", "sync", "()"),
        ("call_api", "sync", "(prompt, options, context)"),
    ]
    for name, near in [("plaim", "plain"), ("tools.statik", "tools.static"), ("Tools.methot", "Tools.method")]:
        result = host("call", f"{script}:{name}", "[]", "--api", "none")
        assert result.code == 1 and f"did you mean '{near}'?" in result.stderr, result
    assert host("call", f"{script}:cached", "[]", "--api", "none").stdout == "1\n"


def test_a_script_may_put_an_object_in_its_place(host):
    script = host.write(
        "object.py",
        "import sys",
        "class Provider:",
        "    __slots__ = ()",
        "    def call_api(self, prompt, options, context): return {'output': prompt}",
        "sys.modules[__name__] = Provider()",
    )
    assert "sync  call_api(prompt, options, context)" in host("check", script, "--call", "x").stdout
    result = host("call", f"{script}:nothing", "x")
    assert result.code == 1 and "function_not_found" in result.stderr and "it has: call_api" in result.stderr, result
