"""A thread for callbacks of the user."""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue
from typing import Any, Callable, Optional, Tuple

_Job = Tuple[Callable[..., object], Tuple[Any, ...]]

_local = threading.local()


class CallbackThread:
    """Runs functions one after the other on a thread of its own, which starts with the first. Does not keep the
    program alive. Safe to use from any thread, signal handler and destructor."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.RLock()
        self._worker: Optional[_Worker] = None  # protected by _lock

    def post(self, function: Callable[..., object], *arguments: Any) -> None:
        """Runs ``function(*arguments)`` soon; at once in this thread when no other can start. What it raises goes
        to `threading.excepthook`."""
        with self._lock:
            if self._worker is None or self._worker.is_ending:
                self._worker = _Worker(self._name)
            worker = self._worker
            if worker.start():
                worker.jobs.put((function, arguments))
                return
        _run((function, arguments))

    def finish(self) -> None:
        """Returns when all that was posted has run, and ends the thread. Does not wait on a callback thread:
        two of them might wait for each other."""
        with self._lock:
            worker = self._worker
            if worker is None:
                return
            worker.end()
        if not getattr(_local, "is_callback_thread", False):
            worker.join()

    def __del__(self) -> None:
        if self._worker is not None:
            self._worker.end()


class _Worker:
    """One thread and its queue. The thread has no reference to a pool, so that it keeps none alive."""

    def __init__(self, name: str) -> None:
        self.jobs: SimpleQueue[Optional[_Job]] = SimpleQueue()
        self.is_ending = False
        self._thread = threading.Thread(target=_run_jobs, args=(self.jobs,), name=name, daemon=True)
        self._has_started = False

    def start(self) -> bool:
        """Whether the thread runs now."""
        if not self._has_started:
            try:
                self._thread.start()
            except (RuntimeError, MemoryError):  # too many threads, or the interpreter is at its end
                return False
            self._has_started = True
        return True

    def end(self) -> None:
        if not self.is_ending:
            self.is_ending = True
            self.jobs.put(None)

    def join(self) -> None:
        if self._has_started:
            self._thread.join()


def _run_jobs(jobs: SimpleQueue[Optional[_Job]]) -> None:
    _local.is_callback_thread = True
    process = os.getpid()
    while os.getpid() == process:  # a forked child must run nothing
        job = jobs.get()
        if job is None:
            return
        _run(job)
        del job  # keep no reference while the thread waits


def _run(job: _Job) -> None:
    function, arguments = job
    try:
        function(*arguments)
    except BaseException as error:
        threading.excepthook(
            threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
        )
