"""SIGHUP: another version of the script."""

import signal
import threading

from .serving import PROVIDERS, Background, wait_until
from .wire import output

SLOW_IMPORT = PROVIDERS / "slow_import.py"
VERSION = """
import os, pathlib, time
directory = pathlib.Path(os.environ["SERVE_DIRECTORY"])

def call_api(prompt, options, context):
    (directory / (prompt + ".begun")).touch()
    while prompt.startswith("wait") and not (directory / (prompt + ".open")).exists():
        time.sleep(0.005)
    return {"output": "VERSION"}
"""


def test_sighup_brings_new_code_while_old_calls_go_on(serve, script):
    path = script(VERSION.replace("VERSION", "old"))
    server = serve(path, "--workers", "2")
    server.wait_until_ready()
    old = Background(lambda: server.call("wait old"))
    wait_until((server.place.directory / "wait old.begun").exists, "the call begins")
    script(VERSION.replace("VERSION", "new"))
    server.signal(signal.SIGHUP)
    wait_until(lambda: output(server.call("hello")) == "new", "the new code is there")
    assert not old.is_done
    server.place.open("wait old")
    assert output(old.response) == "old"
    assert server.readiness == (200, "ready")


def test_no_request_fails_during_reloads(serve, script):
    path = script(VERSION.replace("VERSION", "old"))
    server = serve(path)
    server.wait_until_ready()
    statuses, done = [], threading.Event()

    def ask():
        while not done.is_set():
            statuses.append(server.call("hello").status)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(3):
        script(VERSION.replace("VERSION", f"version {number}"))
        server.signal(signal.SIGHUP)
        wait_until(lambda number=number: output(server.call("hello")) == f"version {number}", f"version {number}")
    done.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}


def test_code_that_cannot_be_imported_does_not_replace_what_works(serve, script):
    path = script(VERSION.replace("VERSION", "old"))
    server = serve(path)
    server.wait_until_ready()
    script("raise ValueError('half written')")
    server.signal(signal.SIGHUP)
    server.wait_for_text("not reloaded")
    assert "half written" in server.stderr
    assert output(server.call("hello")) == "old"
    assert server.readiness == (200, "ready")
    script(VERSION.replace("VERSION", "repaired"))
    server.signal(signal.SIGHUP)
    wait_until(lambda: output(server.call("hello")) == "repaired", "the repaired code is there")


def test_sigterm_ends_the_old_code_as_well(serve, script):
    path = script(VERSION.replace("VERSION", "old"))
    server = serve(path, "--workers", "2")
    server.wait_until_ready()
    old = Background(lambda: server.call("wait old"))
    wait_until((server.place.directory / "wait old.begun").exists, "the call begins")
    script(VERSION.replace("VERSION", "new"))
    server.signal(signal.SIGHUP)
    wait_until(lambda: output(server.call("hello")) == "new", "the new code is there")
    server.signal(signal.SIGTERM)
    server.wait_for_text("draining")
    server.place.open("wait old")
    assert output(old.response) == "old"
    assert server.wait() == 0


def test_a_sigterm_during_a_reload_ends(serve, script):
    path = script(VERSION.replace("VERSION", "old"))
    server = serve(path, "--stop-grace", "0")
    server.wait_until_ready()
    script(SLOW_IMPORT.read_text())
    server.signal(signal.SIGHUP)
    wait_until((server.place.directory / "importing").exists, "the import begins")
    assert output(server.call("hello")) == "old"
    server.stop()
