"""The fenced blocks of a page of documentation, and how a page says what is done with each.

An HTML comment on the line before a block:
  file: NAME     the block is the file NAME in the page's directory
  run            the block (sh or python) is run there; it must exit with 0
  run: exit N    the same with another exit code
  serve          the block is one command (sh), `provider-host serve …`; it is running when the next block is run, and
                 is ended by the next `serve` or at the end of the page, with 0. Pages call its address 127.0.0.1:8000;
                 here a free port takes the place of 8000, in everything that is run. $SERVER_PID is its process
  output         the block is what the last run printed, on stdout and stderr; `output: in any order` of its lines
  in: PATH       the block stands in that file of the repository
  not run: WHY   nothing is done with it
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = Path(os.environ.get("PROVIDER_HOST_BIN", ROOT / "build/bin/provider-host")).resolve()
PACKAGE = os.environ.get("PROVIDER_HOST_PACKAGE", str(EXECUTABLE.parents[1] / "python"))

_BLOCK = re.compile(
    r"(?:^<!-- (?P<what>[^\n]*) -->\n)?^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
ADDRESS = "127.0.0.1:8000"
# Text that differs between runs.
_VARYING = re.compile(r"(\bpid |\"(pid|host|latency_ms)\":)[\d.]+|\b[\d.,]+ ?(ms|µs|s)\b|\b3\.\d+\.\d+\b|\([\d,]+/s\)")


@dataclass
class Snippet:
    page: Path
    line: int
    what: str  # as `file`
    argument: str  # as `provider.py`
    language: str
    text: str

    @property
    def location(self):
        return f"{os.path.relpath(self.page, ROOT)}:{self.line}"


def snippets_of(page):
    """The blocks of a page, in order."""
    content = page.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(content):
        what, _, argument = (match["what"] or "").partition(": ")
        line = content.count("\n", 0, match.start()) + 1
        yield Snippet(page, line, what, argument, match["language"], match["text"])


class Reader:
    """Runs the blocks of a page in a directory. A context: at its end the page's server is ended."""

    def __init__(self, directory):
        self.directory = directory
        self.printed = None
        self.server = None
        self.address = ADDRESS
        # pytest prints more where $CI or $BUILD_NUMBER is set.
        others = ("PROVIDER_HOST_", "PYTEST_", "CI", "BUILD_NUMBER")
        self.environment = {
            **{name: os.environ[name] for name in os.environ if not name.startswith(others)},
            "PATH": os.pathsep.join([str(EXECUTABLE.parent), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": PACKAGE,
            "NO_COLOR": "1",
            "PYTEST_ADDOPTS": "-p no:langsmith_plugin",  # of tests/compat; its import takes longer than a run
            # The entry point of an installed package does the same.
            **({} if "PROVIDER_HOST_PACKAGE" in os.environ else {"PYTEST_PLUGINS": "provider_host.pytest_plugin"}),
        }

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if self.server is not None and kind is not None:
            self.server.kill()
            self.server.wait()
        else:
            self._end_server()

    def do(self, snippet):
        if snippet.what == "file":
            path = self.directory / snippet.argument
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._run_as(snippet.text), encoding="utf-8")
        elif snippet.what == "serve":
            self._serve(snippet)
        elif snippet.what == "run":
            self._run(snippet)
        elif snippet.what == "output":
            shown = matches(snippet.text, self.printed, snippet.argument)
            assert shown, f"{snippet.location} was not printed, but this:\n{self.printed}"
        elif snippet.what == "in":
            text = (ROOT / snippet.argument).read_text(encoding="utf-8")
            assert snippet.text in text, f"{snippet.location} is not in {snippet.argument}"
        else:
            assert snippet.what == "not run" and snippet.argument, (
                f"{snippet.location} does not say what to do with it"
            )

    def _run_as(self, text):
        return text.replace(ADDRESS, self.address)

    def _serve(self, snippet):
        self._end_server()
        self.address = free_address()
        command = self._run_as(snippet.text).strip()
        if "--listen" not in command:
            command = command.replace(" serve ", f" serve --listen {self.address} ", 1)
        log = self.directory / "server.log"
        with log.open("wb") as output:
            self.server = subprocess.Popen(
                ["bash", "-euc", f"exec {command}"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env=self.environment,
            )
        self.environment["SERVER_PID"] = str(self.server.pid)
        while not is_ready(self.address):
            assert self.server.poll() is None, f"{snippet.location} ended:\n{log.read_text(encoding='utf-8')}"
            time.sleep(0.01)

    def _end_server(self):
        if self.server is None:
            return
        server, self.server = self.server, None
        server.send_signal(signal.SIGTERM)
        code = server.wait()
        log = (self.directory / "server.log").read_text(encoding="utf-8")
        assert code == 0, f"the server exits with {code}:\n{log}"

    def _run(self, snippet):
        text = self._run_as(snippet.text)
        interpreter = {"sh": ["bash", "-eu"], "python": ["python3"]}[snippet.language]
        done = subprocess.run(
            [*interpreter, "/dev/stdin"] if snippet.language == "sh" else [*interpreter, "-c", text],
            input=text if snippet.language == "sh" else "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.directory,
            env=self.environment,
        )
        self.printed = done.stdout.replace(self.address, ADDRESS)
        expected = int(snippet.argument.partition("exit ")[2] or 0)
        assert done.returncode == expected, f"{snippet.location} exits with {done.returncode}:\n{done.stdout}"


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def is_ready(address):
    try:
        with urllib.request.urlopen(f"http://{address}/health/ready") as response:
            return response.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def matches(shown, printed, order=""):
    """Whether `printed` is what a page shows. `…` stands for the rest of a line; alone on a line, for any lines.
    Process ids and durations may differ."""
    shown, printed = plain(shown), plain(printed)
    if order == "in any order":
        lines = printed.splitlines(keepends=True)
        for line in shown.splitlines():
            match = next((other for other in lines if matches(line, other)), None)
            if match is None:
                return False
            lines.remove(match)
        return not lines
    pattern = re.sub(r"(?m)^…\\\n", r"(?:.*\\n)*", re.escape(shown)).replace("…", ".*")
    return re.fullmatch(pattern, printed) is not None


def plain(text):
    return _VARYING.sub("#", text).rstrip() + "\n"
