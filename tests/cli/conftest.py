"""What the end-to-end tests of the executable share. It is $PROVIDER_HOST_BIN, else build/bin/provider-host."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROVIDERS = Path(__file__).resolve().parent / "providers"
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build" / "bin" / "provider-host")).resolve()


def wait_until(condition, what):
    """Waits for an event; the limit of the test itself is the only one."""
    while not condition():
        time.sleep(0.005)
    return what


def with_a_limit(attempt, got_there, limits):
    """A limit that expires must leave the code time to get where it is to be when it does, whatever else the machine
    does: the first of the limits with which it got there, and what the attempt returned; else the last one."""
    for limit in limits:
        result = attempt(limit)
        if got_there(result):
            break
    return limit, result


def provider(name):
    return str(PROVIDERS / name)


def alive(pid):
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def full_pipe():
    """Its two ends. Whoever writes to it waits."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write, b"x")
    os.set_blocking(write, True)
    return read, write


def lines_of(text):
    """JSON lines; other characters that Python takes for line ends may stand in them."""
    return [json.loads(line) for line in text.split("\n") if line]


class Result:
    def __init__(self, code, stdout, stderr):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr

    @property
    def json(self):
        return json.loads(self.stdout)

    @property
    def lines(self):
        return lines_of(self.stdout)

    def __repr__(self):
        return f"exit code {self.code}\n--- stdout\n{self.stdout[-3000:]}\n--- stderr\n{self.stderr[-3000:]}"


class Run:
    """A run that goes on; stdout and stderr are collected meanwhile."""

    def __init__(self, arguments, environment, directory, stdin):
        command = [str(EXECUTABLE), *map(str, arguments)]
        self.process = subprocess.Popen(
            command, env=environment, cwd=directory, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._parts = {"stdout": b"", "stderr": b""}
        self._threads = [threading.Thread(target=self._collect, args=(name,), daemon=True) for name in self._parts]
        for thread in self._threads:
            thread.start()

    def _collect(self, name):
        while part := os.read(getattr(self.process, name).fileno(), 1 << 16):
            self._parts[name] += part

    @property
    def stdout(self):
        return self._parts["stdout"].decode()

    @property
    def stderr(self):
        return self._parts["stderr"].decode()

    def wait_for_error_text(self, text):
        wait_until(lambda: text in self.stderr or self.process.poll() is not None, text)
        assert text in self.stderr, self.stderr

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def send(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def end(self):
        if self.process.stdin:
            self.process.stdin.close()
        code = self.process.wait()
        for thread in self._threads:
            thread.join()
        return Result(code, self.stdout, self.stderr)


class ProviderHost:
    """Runs the executable in a scratch directory."""

    def __init__(self, directory):
        self.directory = directory
        names = ("PROVIDER_HOST_WORKERS", "PROVIDER_HOST_LOG", "NO_COLOR")
        self.environment = {key: value for key, value in os.environ.items() if key not in names}
        self._runs = []

    def __call__(self, *arguments, input=None, **environment):
        command = [str(EXECUTABLE), *map(str, arguments)]
        data = input.encode() if isinstance(input, str) else input
        done = subprocess.run(
            command, input=data or b"", capture_output=True, cwd=self.directory, env={**self.environment, **environment}
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments, stdin=subprocess.DEVNULL, **environment):
        run = Run(arguments, {**self.environment, **environment}, self.directory, stdin)
        self._runs.append(run)
        return run

    def on_a_terminal(self, *arguments, when=None, then=None):
        """Runs with stdout and stderr on one terminal; returns exit code and everything that was drawn. `then` is
        called once, when the text `when` has been drawn."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.directory)
            os.execve(EXECUTABLE, [str(EXECUTABLE), *map(str, arguments)], self.environment)
        drawn = b""
        while True:
            try:
                part = os.read(terminal, 1 << 16)
            except OSError:  # Linux says EIO when the last one has closed it
                break
            if not part:
                break
            drawn += part
            if then and when in drawn.decode(errors="replace"):
                then = then()
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), drawn.decode()

    def write(self, name, *lines):
        """A file of JSON lines (or of texts as they are) in the scratch directory."""
        path = self.directory / name
        texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
        path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
        return path

    def prompts(self, *prompts, name="input.jsonl"):
        return self.write(name, *({"prompt": prompt} for prompt in prompts))

    def end_all(self):
        for run in self._runs:
            if run.process.poll() is None:
                run.process.kill()
            run.end()


@pytest.fixture
def host(tmp_path):
    if not EXECUTABLE.exists():
        pytest.fail(f"there is no {EXECUTABLE}; build it, or set PROVIDER_HOST_BIN")
    runner = ProviderHost(tmp_path)
    yield runner
    runner.end_all()


class Gate:
    """The test's side of providers/gate.py: sees which calls began, and lets them go on."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir()

    @property
    def environment(self):
        return {"GATE_DIRECTORY": str(self.directory)}

    @property
    def begun(self):
        """Prompts in the order in which they began, over all hosts."""
        log = self.directory / "begun.log"
        return log.read_text().split() if log.exists() else []

    def wait_for(self, prompt):
        wait_until(lambda: prompt in self.begun, prompt)

    def open(self, *prompts):
        for prompt in prompts:
            (self.directory / f"{prompt}.open").touch()

    def pids(self):
        texts = [path.read_text() for path in self.directory.glob("*.pid")]
        return [int(text) for text in texts if text]


@pytest.fixture
def gate(tmp_path):
    return Gate(tmp_path / "gate")


@pytest.fixture
def cluster(host):
    """Batches with --ray; see BridgedBatches."""
    from bridged_batches import BridgedBatches

    return BridgedBatches(host, alive)


@pytest.fixture
def pipe(host):
    """Starts pipes in the scratch directory: pipe(SCRIPT, OPTIONS...). See PipeClient."""
    from pipe_client import PipeClient

    clients = []

    def start(script, *options, environment=None, **more):
        merged = {**host.environment, **(environment or {})}
        clients.append(PipeClient(script, *options, environment=merged, directory=host.directory, **more))
        return clients[-1]

    yield start
    for client in clients:
        client.kill()
