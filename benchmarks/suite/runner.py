"""A program that is measured, and measuring several in turn."""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import tempfile
import threading

from .setting import PROVIDERS

LIMIT = 60  # seconds for one response


class Failed(Exception):
    """A runner did not start, died, or gave no valid response in time. The message ends with its stderr."""


def run_once(command, limit):
    """What a program writes to stdout that ends by itself within `limit` seconds. Raises Failed."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=with_providers())
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from None
    if ran.returncode != 0:
        raise Failed(f"{' '.join(command)} exited with {ran.returncode}: {ran.stderr.strip()[-300:]}")
    return ran.stdout


def with_providers():
    """The environment in which the scripts are found as modules."""
    return os.environ | {"PYTHONPATH": str(PROVIDERS)}


def summary(samples):
    """Median, deciles and count."""
    ordered = sorted(samples)

    def at(part):
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]

    deciles = {"p10": at(0.1), "p90": at(0.9), "p99": at(0.99)}
    return {"median": statistics.median(ordered)} | deciles | {"count": len(ordered)}


class Runner:
    """One process that speaks the protocol of ../runner.h. `samples` are microseconds, one for each operation."""

    def __init__(self, name, command, count):
        self.name, self.command, self.count = name, command, count
        self.samples = []
        self.failure = None
        self._process = None
        self._stderr = None

    def start(self):
        self._stderr = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            self.command,
            env=with_providers(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            start_new_session=True,  # to be killed with its workers
        )
        if self._line().strip() != "ready":
            raise Failed(self._failure_text())

    def run(self, count):
        """Durations of `count` operations, or fewer means of them."""
        try:
            self._process.stdin.write(f"{count}\n")
            self._process.stdin.flush()
            durations = json.loads(self._line())
        except (OSError, ValueError):
            raise Failed(self._failure_text()) from None
        if not durations:
            raise Failed(self._failure_text())
        return durations

    def end(self):
        if self._process is None:
            return
        try:
            self._process.stdin.close()
            self._process.wait(20)
        except (OSError, subprocess.TimeoutExpired):
            self._kill()
            self._process.wait()
        self._process.stdout.close()
        self._stderr.close()

    def _line(self):
        """The next line of its stdout, empty when there is none within the limit."""
        watch = threading.Timer(LIMIT, self._kill)
        watch.start()
        try:
            return self._process.stdout.readline()
        finally:
            watch.cancel()

    def _kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _failure_text(self):
        self._kill()
        self._stderr.seek(0)
        return f"{self.name}: " + (self._stderr.read().strip()[-500:] or "exited without output")

    @property
    def median(self):
        return statistics.median(self.samples)

    def summary(self):
        """Median, deciles and count, in microseconds."""
        return summary(self.samples)


def measure_in_turn(runners, rounds, advance):
    """Fills `samples` of each: all alive at once, one after the other in every round, another one first each time.

    The first round is not counted. Those that fail get `failure` and drop out. Calls `advance(name)` before every step.
    """
    alive = []
    try:
        for runner in runners:
            if _try(runner, runner.start):
                alive.append(runner)
        for number in range(rounds + 1):
            shift = number % max(1, len(alive))
            for runner in alive[shift:] + alive[:shift]:
                advance(runner.name)
                durations = _try(runner, lambda c=runner: c.run(c.count))
                if durations and number > 0:
                    runner.samples += durations
            alive = [runner for runner in alive if runner.failure is None]
    finally:
        for runner in runners:
            runner.end()


def _try(runner, step):
    try:
        return step() or True
    except (Failed, OSError) as error:
        runner.failure = str(error)
        return None
