"""An OTLP receiver over HTTP that keeps the spans it gets."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VALUES = ("string_value", "bool_value", "int_value", "double_value")


class Span:
    """A span as plain values."""

    def __init__(self, span):
        self.name = span.name
        self.kind = span.Kind.Name(span.kind) if hasattr(span, "Kind") else span.kind
        self.trace, self.id, self.parent = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
        self.attributes = _plain(span.attributes)
        self.status = span.status.code, span.status.message
        self.events = [(event.name, _plain(event.attributes)) for event in span.events]
        self.end = span.end_time_unix_nano
        self.seconds = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9


def _plain(attributes):
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


class Receiver:
    """Listens at `endpoint` while it is open. `status` is its reply; it waits for `gate` before it replies."""

    def __init__(self):
        self.spans = []
        self.paths = []
        self.status = 200
        self.gate = threading.Event()
        self.gate.set()
        self.requested = threading.Event()
        self.arrived = threading.Condition()

    def __enter__(self):
        # Slow to import: the first request must not wait for that.
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        self._parse = ExportTraceServiceRequest.FromString
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.take(self)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *raised):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.requested.set()
        self.gate.wait()
        with self.arrived:
            self.paths.append(handler.path)
            if self.status == 200:
                for resource in self._parse(body).resource_spans:
                    self.spans += [Span(span) for scope in resource.scope_spans for span in scope.spans]
            self.arrived.notify_all()
        handler.send_response(self.status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def wait_for(self, count):
        """The spans in the order in which they ended, when there are so many; the limit of the test is the only one.
        On a busy machine a call may be answered before its span is here, and a request has several, by their tracers.
        """
        with self.arrived:
            self.arrived.wait_for(lambda: len(self.spans) >= count)
            self.spans.sort(key=lambda span: span.end)
            return self.spans
