"""The access log."""

import re
import signal

from .serving import wait_until
from .wire import output


def test_sighup_opens_the_access_log_anew(serve):
    server = serve("actions.py", "--access-log", "access.log")
    server.wait_until_ready()
    log, former = server.directory / "access.log", server.directory / "access.log.1"
    assert output(server.call("one")) == "one"
    log.rename(former)
    assert output(server.call("two")) == "two"
    server.signal(signal.SIGHUP)
    wait_until(log.exists, "there is a new log")
    assert output(server.call("three")) == "three"
    server.stop()
    lines = [path.read_text().count("path=/v1/call") for path in (former, log)]
    assert lines in ([2, 1], [1, 2])  # the second line is written after its response is sent


def test_the_access_log_has_no_prompt_and_no_key(serve):
    server = serve("actions.py", "--access-log", "access.log", "--api-key", "secret-key")
    headers = {"Authorization": "Bearer secret-key"}
    assert server.post("/v1/call?token=secret-query", {"prompt": "secret-prompt"}, headers).status == 200
    assert server.post("/v1/call", {"prompt": "fail secret-error"}, headers).status == 422
    assert server.post("/v1/call", {"prompt": "secret-prompt"}, {"Authorization": "Bearer secret-other"}).status == 401
    assert server.get("/a%0Ab").status == 404
    server.stop()
    text = (server.directory / "access.log").read_text()
    assert "secret" not in text
    lines = text.splitlines()
    pattern = r"time=\S+Z remote=127\.0\.0\.1:\d+ method=POST path=/v1/call status={} bytes=\d+ ms=[\d.]+ id=req_\w+{}"
    assert re.fullmatch(pattern.format(200, ""), lines[0])
    assert re.fullmatch(pattern.format(422, " error=python_exception"), lines[1])
    assert re.fullmatch(pattern.format(401, ""), lines[2])
    assert len(lines) == 4


def test_the_access_log_on_stderr_and_none(serve):
    server = serve("actions.py", "--access-log", "-")
    assert server.get("/health/live").status == 200
    server.stop()
    assert "path=/health/live status=200" in server.stderr
    silent = serve("actions.py", "--access-log", "off")
    assert silent.get("/health/live").status == 200
    silent.stop()
    assert "path=/health/live" not in silent.stderr


def test_an_access_log_that_cannot_be_opened(serve):
    server = serve("actions.py", "--access-log", "/proc/nowhere/access.log", waits=False)
    assert server.wait() == 2
    assert "/proc/nowhere/access.log" in server.stderr
