"""examples/deploy/nginx.conf: nginx accepts it, and streams come through it piece by piece."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from promptfoo.one_shot_process import is_running

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "examples" / "deploy" / "nginx.conf"
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build/bin/provider-host")).resolve()
SCRIPT = """
import os
import pathlib
import time


def call_api(prompt, options, context):
    directory = pathlib.Path(prompt)
    (directory / "host").write_text(str(os.getpid()))
    try:
        yield "first"
        while not (directory / "go on").exists():
            time.sleep(0.005)
        yield "second"
    finally:
        (directory / "ended").touch()
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition):
    while not condition():
        time.sleep(0.005)


@pytest.fixture
def nginx(tmp_path):
    """A function that writes the site's configuration for two ports and returns a command of nginx with it."""
    path = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if path is None or shutil.which("openssl") is None:
        pytest.skip("there is no nginx" if path is None else "there is no openssl")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=provider.example", "-days", "1"]
        + ["-keyout", tmp_path / "provider.example.key", "-out", tmp_path / "provider.example.crt"],
        check=True,
        stderr=subprocess.DEVNULL,
    )

    def command(port=8000, port_of_proxy=8443):
        site = SITE.read_text(encoding="utf-8").replace("/etc/ssl", str(tmp_path)).replace(":8000", f":{port}")
        site = site.replace("listen 443", f"listen 127.0.0.1:{port_of_proxy}").replace("listen [::]:443 ssl;", "")
        (tmp_path / "site.conf").write_text(site, encoding="utf-8")
        temporary = "".join(
            f"{name}_temp_path {tmp_path}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (tmp_path / "nginx.conf").write_text(
            f"pid {tmp_path}/pid; error_log stderr; daemon off; master_process off; events {{}}\n"
            f"http {{ access_log off; {temporary} include {tmp_path}/site.conf; }}\n",
            encoding="utf-8",
        )
        return [path, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]

    return command


@contextmanager
def running(command):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def proxied(nginx, port, pid_file, attempts=5):
    """A proxy for that port; its own. Another program may have taken the port that was free."""
    for _ in range(attempts):
        port_of_proxy = free_port()
        with running(nginx(port, port_of_proxy)) as proxy:
            # nginx writes it once it listens.
            wait_until(lambda: proxy.poll() is not None or (pid_file.exists() and pid_file.read_text().strip()))
            if proxy.poll() is None:
                yield port_of_proxy
                return
    pytest.fail(f"nginx has ended {attempts} times")


@pytest.fixture
def address(nginx, tmp_path):
    """Of a proxy with a server behind it."""
    if not EXECUTABLE.exists():
        pytest.skip(f"there is no {EXECUTABLE}")
    if subprocess.run([EXECUTABLE, "serve", "--help"], capture_output=True).returncode != 0:
        pytest.skip("this executable has no serve")
    script, port_file = tmp_path / "provider.py", tmp_path / "port"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [EXECUTABLE, "serve", script, "--listen", "127.0.0.1:0", "--port-file", port_file]
    # A call that is cancelled has two seconds for its `finally`; it is interrupted after the first half of the time.
    with running([*command, "--interrupt-grace", "4"]) as server:
        wait_until(lambda: server.poll() is not None or (port_file.exists() and port_file.read_text().strip()))
        assert server.poll() is None
        with proxied(nginx, int(port_file.read_text()), tmp_path / "pid") as port_of_proxy:
            yield f"https://127.0.0.1:{port_of_proxy}"


def stream(address, directory):
    body = json.dumps({"prompt": str(directory), "stream": True}).encode()
    request = urllib.request.Request(f"{address}/v1/call", body, {"Content-Type": "application/json"})
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return urllib.request.urlopen(request, context=trusting)


def test_nginx_accepts_the_site(nginx):
    done = subprocess.run([*nginx(), "-t"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0 and "[warn]" not in done.stdout, done.stdout


def test_an_item_comes_through_before_the_next_one_is_made(address, tmp_path):
    with stream(address, tmp_path) as response:
        assert json.loads(response.readline()) == {"item": "first"}
        (tmp_path / "go on").touch()
        assert json.loads(response.readline()) == {"item": "second"}
        assert json.loads(response.readline())["ok"] is True


def test_a_client_that_leaves_the_proxy_ends_its_call(address, tmp_path):
    with stream(address, tmp_path) as response:
        response.readline()
    host = int((tmp_path / "host").read_text())
    # Code that does not get to its end in that time ends with its host.
    wait_until(lambda: (tmp_path / "ended").exists() or not is_running(host))
