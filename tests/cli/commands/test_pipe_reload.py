"""`provider-host pipe`: SIGHUP, for another version of the script."""

import os
import signal

import pytest

SCRIPT = """
import os, time

def call_api(prompt, options, context):
    if prompt == "wait":
        open(os.environ["GATE"] + ".begun", "w").close()
        while not os.path.exists(os.environ["GATE"]):
            time.sleep(0.002)
    return {"output": "VERSION"}
"""


@pytest.fixture(autouse=True)
def hangups():
    """The pipe does not start with SIGHUP ignored, as the tests themselves may (nohup)."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def write(path, version):
    path.with_suffix(".new").write_text(SCRIPT.replace("VERSION", version))
    os.replace(path.with_suffix(".new"), path)
    return path


def test_sighup_brings_new_code_and_loses_no_call(pipe, tmp_path):
    script, gate = write(tmp_path / "provider.py", "old"), tmp_path / "gate"
    client = pipe(script, environment={"GATE": str(gate)})
    running = client.ask("wait")
    client.wait((tmp_path / "gate.begun").exists, "the call begins")
    queued = client.ask("x")
    write(script, "new")
    client.process.send_signal(signal.SIGHUP)
    assert client.response(queued)["result"] == {"output": "new"}
    client.wait_for_error_text("reloaded in ")
    script.write_text("import no_such_module_42\n")
    client.process.send_signal(signal.SIGHUP)
    client.wait_for_error_text("not reloaded, the former hosts go on: ")
    client.wait_for_error_text("Traceback")
    gate.touch()
    assert client.response(running)["result"] == {"output": "old"}
    assert client.response(client.ask("x"))["result"] == {"output": "new"}
    assert client.end() == 0


def test_under_nohup_the_end_of_a_terminal_changes_nothing(pipe, tmp_path):
    client = pipe(write(tmp_path / "provider.py", "old"), command=["nohup"])
    assert client.response(client.ask("x"))["result"] == {"output": "old"}
    client.process.send_signal(signal.SIGHUP)
    assert client.response(client.ask("x"))["result"] == {"output": "old"}
    assert client.end() == 0
    assert "reloading" not in client.stderr
