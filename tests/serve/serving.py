"""Servers that tests start and stop."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from .wire import LIMIT, Response, Wire

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build" / "bin" / "provider-host")).resolve()
PROVIDERS = Path(__file__).with_name("providers")


def wait_until(condition, what, limit=LIMIT):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"in {limit} s it did not happen: {what}"
        time.sleep(0.005)


class Place:
    """The test's side of providers/actions.py: sees which calls began and ended, and lets them go on."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(exist_ok=True)

    def begun(self, prompt):
        """How often a call with that prompt began."""
        log = self.directory / "begun.log"
        return log.read_text().splitlines().count(prompt) if log.exists() else 0

    def wait_for(self, prompt, times=1):
        wait_until(lambda: self.begun(prompt) >= times, f"the call {prompt!r} begins")

    def open(self, *names):
        for name in names:
            (self.directory / f"{name}.open").touch()

    def has_started(self, name):
        return (self.directory / f"{name}.started").exists()

    def wait_for_start(self, name):
        """A generator that is closed before its first line has nothing to end."""
        wait_until(lambda: self.has_started(name), f"the call {name!r} is in its first line")

    def wait_for_end(self, name):
        wait_until((self.directory / f"{name}.ended").exists, f"the call {name!r} ends")


class Server:
    """`provider-host serve` in a directory, on a free port; stderr goes to a file there."""

    def __init__(self, directory, script, *options, waits=True, listen="127.0.0.1:0", port_file="port"):
        self.directory = directory
        directory.mkdir(exist_ok=True, parents=True)
        self.place = Place(directory / "place")
        script = script if os.sep in str(script) else PROVIDERS / script
        self._port_file = port_file = directory / port_file
        command = [EXECUTABLE, "serve", script, "--listen", listen, "--port-file", port_file, *options]
        command += ["--interrupt-grace", "4"]  # no host is killed because the machine is busy
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PROVIDER_HOST_")}
        with open(directory / "stderr.txt", "wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                env={**kept, "SERVE_DIRECTORY": str(self.place.directory)},
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if not waits:
            return
        wait_until(lambda: self.has_port or self.ended, "the server accepts requests")
        assert self.has_port, self.stderr

    @property
    def has_port(self):
        return self._port_file.exists()

    @property
    def port(self):
        return int(self._port_file.read_text())

    @property
    def ended(self):
        return self.process.poll() is not None

    @property
    def stderr(self):
        return (self.directory / "stderr.txt").read_text(errors="replace")

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self):
        return f"{self.address}/v1"

    def wait_for_text(self, text):
        wait_until(lambda: text in self.stderr or self.ended, f"it says {text!r}")
        assert text in self.stderr, self.stderr

    def wait_until_ready(self):
        wait_until(lambda: self.get("/health/ready").status == 200, "some host is ready")

    @property
    def readiness(self):
        response = self.get("/health/ready")
        return response.status, response.json["status"]

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        with contextlib.closing(connection):
            data = json.dumps(body) if isinstance(body, (dict, list)) else body
            connection.request(method, path, data, headers or {})
            response = connection.getresponse()
            return Response(response.status, response.headers, response.read(), response.version)

    def get(self, path, **headers):
        return self.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path, body, headers=None):
        return self.request("POST", path, body, headers)

    def call(self, prompt, **members):
        return self.post("/v1/call", {"prompt": prompt, **members})

    def wire(self):
        return Wire(self.port)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """The exit code."""
        try:
            return self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the server does not end\n{self.stderr[-6000:]}") from None

    def stop(self):
        """Ends it as a supervisor does."""
        assert not self.ended, f"the server ended by itself: {self.process.returncode}\n{self.stderr[-6000:]}"
        self.signal(signal.SIGTERM)
        code = self.wait()
        assert code == 0, f"exit code {code}\n{self.stderr[-6000:]}"

    def kill(self):
        if not self.ended:
            self.process.kill()
        self.process.wait()


class Background:
    """A request in another thread."""

    def __init__(self, function):
        self._thread = threading.Thread(target=self._run, args=(function,), daemon=True)
        self._thread.start()

    def _run(self, function):
        self._response = None
        with contextlib.suppress(OSError, http.client.HTTPException):  # the server may hang up when it is told to
            self._response = function()

    @property
    def is_done(self):
        return not self._thread.is_alive()

    @property
    def response(self):
        self._thread.join()
        return self._response


@contextlib.contextmanager
def servers(directory):
    """A function that starts servers. In the end those that the test did not end itself must end well."""
    started = []

    def start(script="actions.py", *options, **more):
        started.append(Server(directory / f"server-{len(started)}", script, *options, **more))
        return started[-1]

    try:
        yield start
        for server in started:
            if not server.ended:
                server.stop()
    finally:
        for server in started:
            server.kill()
