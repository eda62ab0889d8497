"""A load generator with many connections at once: every request has its response, and the counts agree exactly."""

import json
import re
import shutil
import subprocess

import pytest

from .serving import wait_until

REQUESTS = 20_000
CONNECTIONS = 64
HTTP_REQUESTS = r"^provider_host_http_requests_total{.*} (\S+)$"


def counter(server, name, labels):
    line = re.search(rf"^{name}{{{re.escape(labels)}}} (\S+)$", server.get("/metrics").text, re.MULTILINE)
    return float(line[1]) if line else 0


@pytest.mark.parametrize("path", ["/v1/call", "/v1/chat/completions"])
def test_many_requests_over_many_connections(serve, path):
    hey = shutil.which("hey")
    if hey is None:
        pytest.skip("there is no hey (Debian's package of that name)")
    server = serve("actions.py", "--workers", "2", "--access-log", "access.log")
    server.wait_until_ready()
    body = {"prompt": "hello"} if path == "/v1/call" else {"messages": [{"role": "user", "content": "hello"}]}
    command = [hey, "-n", str(REQUESTS), "-c", str(CONNECTIONS), "-t", "30", "-m", "POST", "-d", json.dumps(body)]
    done = subprocess.run([*command, server.address + path], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    sent = REQUESTS - REQUESTS % CONNECTIONS  # hey gives each connection as many
    assert re.findall(r"\[(\d+)]\s+(\d+) responses", done.stdout) == [("200", str(sent))], done.stdout
    assert "Error distribution" not in done.stdout
    route = "call" if path == "/v1/call" else "chat_completions"
    assert counter(server, "provider_host_http_requests_total", f'route="{route}",code="200"') == sent
    assert counter(server, "provider_host_calls_total", 'outcome="succeeded"') == sent
    stats = server.get("/stats").json
    assert stats["latency"]["count"] == sent
    assert sum(host["calls"] for host in stats["pool"]["hosts"]) == sent
    wait_until(lambda: server.get("/stats").json["http"]["connections"] == 1, "the connections are closed")
    requests = sum(float(count) for count in re.findall(HTTP_REQUESTS, server.get("/metrics").text, re.MULTILINE)) + 1
    server.stop()
    log = (server.directory / "access.log").read_text()
    assert log.count("remote=") + sum(map(int, re.findall(r" dropped=(\d+)$", log, re.MULTILINE))) == requests
    if "dropped=" not in log:
        assert log.count(f"path={path} status=200") == sent
