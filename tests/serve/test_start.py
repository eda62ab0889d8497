"""The start of a server: its address, and the import of the script."""

import re

import pytest

from .serving import PROVIDERS, Background, wait_until
from .wire import output

SLOW_IMPORT = PROVIDERS / "slow_import.py"


def test_the_port_file_has_the_port(serve):
    server = serve()
    assert (server.directory / "port").read_text() == f"{server.port}\n"
    assert f"http://127.0.0.1:{server.port}/" in server.stderr
    assert sorted(path.name for path in server.directory.glob("port*")) == ["port"]


def test_a_port_file_that_cannot_be_written(serve):
    server = serve("actions.py", port_file="nowhere/port", waits=False)
    assert server.wait() == 2
    assert "nowhere/port" in server.stderr


def test_an_address_in_use(serve):
    first = serve()
    second = serve(listen=f"127.0.0.1:{first.port}", waits=False)
    assert second.wait() == 2
    assert f"127.0.0.1:{first.port}" in second.stderr
    assert "in use" in second.stderr
    assert output(first.call("hello")) == "hello"


def test_a_port_is_free_again_at_once(serve):
    for _ in range(3):  # another program may get the port meanwhile
        first = serve()
        assert output(first.call("hello")) == "hello"
        first.stop()
        second = serve(listen=f"127.0.0.1:{first.port}", waits=False)
        wait_until(lambda second=second: second.ended or second.has_port, "it listens, or says that it cannot")
        if not second.ended:
            break
    assert second.has_port, second.stderr
    assert output(second.call("hello")) == "hello"


def test_a_script_that_is_not_there(serve, tmp_path):
    server = serve(tmp_path / "nowhere.py", waits=False)
    assert server.wait() in (2, 3)
    assert "nowhere.py" in server.stderr


@pytest.mark.parametrize("code", ["import no_such_module", "def broken(:", "raise ValueError('not today')"])
def test_a_failed_import_is_told_with_its_traceback(serve, script, code):
    server = serve(script(code), waits=False)
    assert server.wait() == 3
    assert re.search("no_such_module|SyntaxError|not today", server.stderr)
    assert "provider.py" in server.stderr
    if "def broken" not in code:
        assert "Traceback" in server.stderr


def test_requests_wait_for_a_slow_import(serve, script):
    server = serve("slow_import.py")
    wait_until((server.place.directory / "importing").exists, "the import begins")
    assert server.readiness == (503, "starting")
    assert server.get("/health/live").status == 200
    calls = [Background(lambda number=number: server.call(f"number {number}")) for number in range(3)]
    wait_until(lambda: server.get("/stats").json["pool"]["submitted"] == 3, "the calls are there")
    assert not any(call.is_done for call in calls)
    server.place.open("import")
    assert [output(call.response) for call in calls] == ["number 0", "number 1", "number 2"]
    assert server.readiness == (200, "ready")


def test_requests_that_wait_for_an_import_that_fails_are_answered(serve, script):
    server = serve(script(SLOW_IMPORT.read_text() + "\nraise ValueError('not today')"))
    call = Background(lambda: server.call("hello"))
    wait_until(lambda: server.get("/stats").json["pool"]["submitted"] == 1, "the call is there")
    server.place.open("import")
    assert call.response.status == 503
    assert call.response.headers["x-should-retry"] == "true"
    assert server.wait() == 3
    assert "not today" in server.stderr


def test_a_signal_during_the_import_ends_it(serve, script):
    server = serve("slow_import.py", "--stop-grace", "0")
    wait_until((server.place.directory / "importing").exists, "the import begins")
    server.stop()
