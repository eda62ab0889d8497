"""Started as shells start what runs in the background, with SIGINT ignored, or by nohup."""

import json
import signal
import subprocess
import sys

import pytest
from conftest import EXECUTABLE, provider, wait_until


def ignoring(*numbers):
    """The start of a command line whose process ignores these signals."""
    return ["sh", "-c", f'trap "" {" ".join(map(str, map(int, numbers)))}; exec "$@"', "sh"]


@pytest.fixture
def script(host):
    return host.write(
        "provider.py",
        "import signal",
        "def call_api(prompt, options, context):",
        "    names = ('SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGTERM')",
        "    return {'output': [name for name in names if signal.getsignal(getattr(signal, name)) == signal.SIG_IGN]}",
        "if __name__ == '__main__':",
        "    import json",
        "    print(json.dumps(call_api('', {}, {})))",
    )


@pytest.mark.parametrize("numbers", [[signal.SIGINT, signal.SIGQUIT], [signal.SIGHUP], [signal.SIGTERM]])
def test_a_script_sees_ignored_signals_as_under_python(script, numbers):
    def output_of(*command):
        done = subprocess.run([*ignoring(*numbers), *command], capture_output=True, check=True)
        return json.loads(done.stdout)["output"]

    hosted = output_of(EXECUTABLE, "call", script, "hello", "--python", sys.executable)
    plain = output_of(sys.executable, script)
    assert hosted == [name for name in plain if name != "SIGTERM"]  # which stops hosts


@pytest.mark.parametrize("command", ["call", "batch"])
def test_an_ignored_interrupt_ends_nothing(host, gate, command):
    what = host.prompts("one") if command == "batch" else "one"
    process = subprocess.Popen(
        [*ignoring(signal.SIGINT), EXECUTABLE, command, provider("gate.py"), what, "--python", sys.executable],
        env={**host.environment, **gate.environment},
        stdout=subprocess.PIPE,
    )
    gate.wait_for("one")
    process.send_signal(signal.SIGINT)
    gate.open("one")
    output = process.communicate()[0]
    assert process.returncode == 0 and b"one" in output


@pytest.mark.parametrize("command", ["serve", "pipe"])
def test_commands_that_go_on_still_end_by_sigterm(host, command):
    port_file = host.directory / "port"
    rest = ["--listen", "127.0.0.1:0", "--port-file", port_file] if command == "serve" else []
    process = subprocess.Popen(
        [*ignoring(signal.SIGINT), EXECUTABLE, command, provider("echo.py"), *rest, "--python", sys.executable],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    if command == "serve":
        wait_until(lambda: port_file.exists() or process.poll() is not None, "it listens")
    else:
        process.stdout.read(1)  # it says that it is ready
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode in (0, 130)
