"""Exports spans without letting a collector delay calls. Loaded when calls are traced."""

import logging
import os
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

from opentelemetry.sdk.trace.export import SpanExportResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import load

tell = load("tracing", "tell")

# Seconds that whoever ends a span waits until the collector has it, unless the environment says more.
PATIENCE = 1.0
_MOST_PATIENCE = 3600.0
_MAX_QUEUED = 2048
_MAX_BATCH = 512


def patience(environment):
    """The seconds to wait: those of OpenTelemetry's variable, where they are more.

    They are milliseconds there. OpenTelemetry's exporter for Python takes them for seconds, so a small number may be
    meant as such: it does not make the wait shorter.
    """
    for name in ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"):
        if environment.get(name):
            try:
                seconds = float(environment[name]) / 1000
            except ValueError:
                continue
            return min(seconds, _MOST_PATIENCE) if seconds > PATIENCE else PATIENCE
    return PATIENCE


class BoundedExporter:
    """Hands spans to `exporter` on a thread of its own and waits until they are exported, as `patience` says.

    Once the collector has failed or was slower, nobody waits until it has been fast again. stderr is told once.
    """

    def __init__(self, exporter, endpoint):
        self.exporter = exporter
        self.endpoint = endpoint
        self.patience = patience(os.environ)
        self.is_waited_for = True
        self.has_told = False
        logging.getLogger("opentelemetry.exporter.otlp").addHandler(_Words(self._on_words))
        self._start_queue()

    def _start_queue(self):
        self.process = os.getpid()
        self.queue: SimpleQueue = SimpleQueue()
        self.thread: Thread | None = None
        self.batch: list = []  # what is being exported

    def export(self, spans):
        """Any thread, many at a time."""
        if self.process != os.getpid():
            self._start_queue()  # in a fork, which has no such thread
        if self.queue.qsize() >= _MAX_QUEUED:
            return SpanExportResult.FAILURE
        exported = Event()
        self.queue.put((spans, copy_context(), exported))  # with the context in which requests are not traced
        if self.thread is None:
            thread = Thread(target=self._run, args=(self.queue,), name="provider-host-spans", daemon=True)
            thread.start()
            self.thread = thread
        if self.is_waited_for and not exported.wait(self.patience):
            self._give_up(f"{self.endpoint} has not taken a span within {self.patience:g} s")
        return SpanExportResult.SUCCESS

    def shutdown(self):
        """Waits for what is queued, a second at most."""
        if self.thread is not None and self.process == os.getpid():
            self.queue.put(None)
            self.thread.join(PATIENCE)
        self.exporter.shutdown()

    def force_flush(self, timeout_millis=30000):
        return True

    def _run(self, queue):
        batch = _next_batch(queue)
        while batch:
            self.batch = batch
            start = monotonic()
            if self._export() and monotonic() - start < self.patience / 2:
                self.is_waited_for = True
            self._release()
            batch = _next_batch(queue)

    def _export(self):
        spans = [span for spans, _, _ in self.batch for span in spans]
        try:
            if self.batch[0][1].run(self.exporter.export, spans) is SpanExportResult.SUCCESS:
                return True
            self._give_up(f"{self.endpoint} takes no spans")
        except Exception as error:
            self._give_up(f"{self.endpoint} takes no spans: {type(error).__name__}: {error}")
        return False

    def _on_words(self, record):
        """The exporter has logged that it failed; it may go on for many seconds."""
        if self.thread is not None and record.thread == self.thread.ident:
            self._give_up(f"{self.endpoint} takes no spans: {record.getMessage()}")
            self._release()

    def _release(self):
        for _, _, exported in self.batch:
            exported.set()

    def _give_up(self, why):
        self.is_waited_for = False
        if not self.has_told:
            self.has_told = True
            tell(f"{why.rstrip('.')}; calls go on without waiting for it")


class _Words(logging.Handler):
    """Takes what the exporter logs. Without a handler each failure would be a paragraph on stderr."""

    def __init__(self, take):
        super().__init__(logging.WARNING)
        self.take = take

    def emit(self, record):
        self.take(record)


def _next_batch(queue):
    """What is queued, at least one; empty at the end."""
    batch = [queue.get()]
    try:
        while batch[-1] is not None and len(batch) < _MAX_BATCH:
            batch.append(queue.get_nowait())
    except Empty:
        pass
    if batch[-1] is None:
        batch.pop()
        queue.put(None)
    return batch
