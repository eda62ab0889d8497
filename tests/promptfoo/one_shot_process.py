import itertools
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

LIMIT = 60
# What promptfoo starts, unless a test compares with it.
WRAPPER = "/promptfoo/dist/src/python/wrapper.py"


def wait_until(condition, what):
    """Returns what the condition gives once that is true."""
    end = time.monotonic() + LIMIT
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {LIMIT} s until {what}"
        time.sleep(0.01)
    return value


def is_running(pid):
    """Whether a process runs that is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Ended:
    """How one process ended, and what it wrote."""

    def __init__(self, code, out, err, output):
        self.code, self.out, self.err = code, out, err
        self.text = output.read_text(encoding="utf-8") if output.is_file() else ""

    @property
    def data(self):
        assert self.code == 0, self.err + self.why_not_here()
        message = json.loads(self.text)
        assert message["type"] == "final_result"
        return message["data"]

    def why_not_here(self):
        """The real interpreter finds no wrapper there, and says nothing of why it was started."""
        if WRAPPER not in self.err:
            return ""
        lines = Path("/proc/meminfo").read_text().splitlines()[:3]
        return f"The real interpreter ran it, as it does where memory is short: {'; '.join(lines)}"


class OneShots:
    """Runs functions as promptfoo does for assertions and the like, in a runtime directory of their own."""

    def __init__(self, drop_in, place):
        self.drop_in, self.place = drop_in, place
        self.runtime = place / "runtime"
        self.runtime.mkdir()
        self.counts = itertools.count(1)  # one step, as threads start calls, too
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PROVIDER_HOST", "PROMPTFOO"))
        }
        self.environment |= {"XDG_RUNTIME_DIR": str(self.runtime), "PROVIDER_HOST_PYTHON": sys.executable}

    def files(self, arguments):
        count = next(self.counts)
        given, output = (self.place / f"{name}-{count}.json" for name in ("input", "output"))
        given.write_text(json.dumps(arguments))
        output.write_text("")
        return given, output

    def start(self, script, function, *arguments, wrapper=WRAPPER, before=(), given=None, output=None, **options):
        file, written = self.files(arguments)
        given = given or file
        output = output or written
        environment = self.environment | options.pop("environment", {})
        process = subprocess.Popen(
            [*before, self.drop_in, wrapper, script, function, given, output],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            **options,
        )
        process.output = Path(output)
        return process

    def end(self, process):
        out, err = process.communicate(timeout=LIMIT)
        return Ended(process.returncode, out.decode(), err.decode(), process.output)

    def run(self, script, function, *arguments, **options):
        return self.end(self.start(script, function, *arguments, **options))

    def helpers(self):
        """The helpers that listen in the runtime directory, by process id."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                arguments = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"--provider-host-helper" in arguments and any(
                argument.startswith(os.fsencode(self.place)) for argument in arguments
            ):
                found.append(int(process.name))
        return [pid for pid in found if is_running(pid)]

    def helper(self):
        (pid,) = self.helpers()
        return pid

    def kill_helpers(self):
        for pid in self.helpers():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.helpers(), "the helpers have ended")
