"""`provider-host doctor --promptfoo`."""

import shutil
import subprocess

import pytest
from conftest import EXECUTABLE

# What runs Python outside of a host: the sanitizers of this build would have to be loaded into that, too.
pytestmark = pytest.mark.no_sanitizer

DROP_IN = EXECUTABLE.parent / "provider-host-python"
LIBEXEC = EXECUTABLE.parents[1] / "libexec" / "provider_host"


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


@pytest.fixture
def findings(host):
    """Runs it; the status and the text of each finding, and the rest of the report."""
    host.environment["PATH"] = f"{host.directory / 'bin'}:{host.environment['PATH']}"
    for name in ("PROMPTFOO_PYTHON", "PROVIDER_HOST_PROMPTFOO", "PROVIDER_HOST_HELPER"):
        host.environment.pop(name, None)

    def run(**environment):
        result = host("doctor", "--promptfoo", "--json", **environment)
        report = result.json
        assert result.code == (0 if report["ok"] else 1), result
        return {each["topic"]: (each["status"], each["text"]) for each in report["findings"]}, report

    return run


def install_promptfoo(directory, version="0.123.1", node=">=22.22.0"):
    package = directory / "node_modules" / "promptfoo"
    main = program(package / "dist" / "entrypoint.js", "")
    (package / "package.json").write_text(
        f'{{"name": "promptfoo", "version": "{version}", "engines": {{"node": "{node}"}}}}'
    )
    link = directory / "node_modules" / ".bin" / "promptfoo"
    link.parent.mkdir()
    link.symlink_to(main)
    return link


def install_node(directory, version):
    return program(directory / "bin" / "node", f"echo v{version}\n")


@pytest.mark.needs_linux("a helper for single calls")
def test_it_tries_what_promptfoo_does_and_shows_the_line(host, findings):
    result = host("doctor", "--promptfoo", PROMPTFOO_PYTHON="")
    assert result.code == 0, result
    assert f"\n  export PROMPTFOO_PYTHON={DROP_IN}\n" in result.stdout
    assert f'\n  pythonExecutable: "{DROP_IN}"\n' in result.stdout
    assert result.stdout.endswith("\nIt works.\n")
    found, report = findings()
    assert found["provider-host-python"] == ("ok", str(DROP_IN))
    assert found["providers"][0] == "ok" and "a call answered" in found["providers"][1]
    assert found["assertions, prompts, …"][0] == "ok"
    assert "a warm process runs them" in found["assertions, prompts, …"][1]
    assert found["PROMPTFOO_PYTHON"][0] == "warning"
    assert report["line"] == f"export PROMPTFOO_PYTHON={DROP_IN}"


def test_promptfoo_and_node_are_found_from_here_upwards(host, findings):
    link = install_promptfoo(host.directory)
    node = install_node(host.directory, "22.22.1")
    found, _ = findings()
    assert found["promptfoo"] == ("ok", f"0.123.1, {link}")
    assert found["Node.js"] == ("ok", f"v22.22.1, {node}")


def test_a_node_that_promptfoo_does_not_run_on_is_a_failure(host, findings):
    install_promptfoo(host.directory, node=">=24.1.0")
    install_node(host.directory, "22.9.0")
    found, report = findings()
    assert found["Node.js"][0] == "failed" and "promptfoo needs 24.1.0" in found["Node.js"][1]
    assert report["ok"] is False


def test_without_promptfoo_an_old_node_is_a_warning(host, findings):
    install_node(host.directory, "20.1.0")
    found, report = findings()
    assert found["Node.js"][0] == "warning"
    assert report["ok"] is True


def test_the_variable_may_name_it_or_something_else(host, findings):
    link = host.directory / "python"
    link.symlink_to(DROP_IN)
    for value in (str(DROP_IN), str(link)):
        assert findings(PROMPTFOO_PYTHON=value)[0]["PROMPTFOO_PYTHON"] == ("ok", value)
    found, report = findings(PROMPTFOO_PYTHON="/usr/bin/python3")
    assert found["PROMPTFOO_PYTHON"] == ("failed", f"/usr/bin/python3, which is not {DROP_IN}")
    assert report["ok"] is False


def test_what_is_switched_off_is_named(findings):
    found, report = findings(PROVIDER_HOST_PROMPTFOO="off", PROMPTFOO_PYTHON=str(DROP_IN))
    assert found["PROMPTFOO_PYTHON"][0] == "failed"
    assert "PROVIDER_HOST_PROMPTFOO=off" in found["PROMPTFOO_PYTHON"][1]
    assert "providers" not in found
    found, report = findings(PROVIDER_HOST_HELPER="off")
    assert "PROVIDER_HOST_HELPER=off" in found["assertions, prompts, …"][1]
    assert found["assertions, prompts, …"][0] == "warning"
    assert report["ok"] is True


def test_an_interpreter_that_is_not_there_is_a_failure(findings):
    found, report = findings(PROVIDER_HOST_PYTHON="/no/such/python")
    assert found["provider-host-python"][0] == "failed"
    assert "/no/such/python" in found["provider-host-python"][1]
    assert report["ok"] is False


def test_an_interpreter_without_a_host_comes_with_what_to_do(host, findings):
    python = program(
        host.directory / "python3",
        "[ \"$1\" = --version ] && echo Python 3.99.0 && exit\n"
        f"[ \"$1\" = -c ] && case $2 in *sys.executable*) echo {host.directory}/python3;; *) false;; esac && exit\n"
        "printf '%s\\000' cpython 3.99.0 3.99 '' /opt/python3.99 /opt lib '' /opt/python3.99 ''\n",
    )
    result = host("doctor", "--promptfoo", PROVIDER_HOST_PYTHON=str(python))
    assert result.code == 1, result
    assert "there is no host for it" in result.stdout
    assert "→ provider-host doctor --build " in result.stdout


def test_a_drop_in_that_fails_says_how(host):
    """One that stands beside the executable and answers to nothing but --version."""
    copy = host.directory / "bin" / "provider-host"
    copy.parent.mkdir()
    shutil.copy(EXECUTABLE, copy)
    program(
        copy.parent / "provider-host-python",
        "case $1 in --version | -c) exec python3 \"$@\";; esac\necho no such form >&2\nexit 3\n",
    )
    environment = {**host.environment, "PROVIDER_HOST_LIBEXEC": str(LIBEXEC)}
    command = [copy, "doctor", "--promptfoo"]
    done = subprocess.run(command, env=environment, cwd=host.directory, capture_output=True, text=True)
    assert done.returncode == 1, done
    assert "provider-host-python has ended without READY: no such form" in done.stdout
    assert "provider-host-python exited with code 3: no such form" in done.stdout
    assert done.stdout.endswith("\nIt does not work yet.\n")
