"""The span of a call. Loaded when calls are traced; needs OpenTelemetry, and raises ImportError without it."""

import json
import os
from traceback import format_exception

from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import load

tell = load("tracing", "tell")

_TRACER = "promptfoo.python.provider"
_MAX_BODY = 4096
_KEPT_OF_LONGER = 4083
_USAGE = {
    "total": "promptfoo.usage.total_tokens",
    "prompt": "gen_ai.usage.input_tokens",
    "completion": "gen_ai.usage.output_tokens",
}


def set_up():
    """Sets the tracer provider of this process. Each span is exported when it ends, before its call is answered."""
    base = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or "http://localhost:4318"
    endpoint = base.rstrip("/") + "/v1/traces"
    exporter = load("span_exporter", "BoundedExporter")(OTLPSpanExporter(endpoint=endpoint), endpoint)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


class CallSpan:
    """Begins when it is made; is current inside of `with`; ends by end(), or by what is raised inside of `with`.

    Only its constructor raises: whatever fails in here, the call goes on.
    """

    def __init__(self, name, args):
        self.process = os.getpid()
        self.span = trace.get_tracer(_TRACER).start_span(
            f"python {name}",
            context=extract({"traceparent": args[2]["traceparent"]}),
            kind=SpanKind.CLIENT,
            attributes=_attributes_of_call(name, args),
        )

    def __enter__(self):
        self.token = attach(trace.set_span_in_context(self.span))
        return self

    def __exit__(self, kind, error, where):
        detach(self.token)
        if kind is GeneratorExit:
            self.end(None)  # the reader of the stream has gone
        elif error is not None:
            self._finish(self._describe_exception, error)

    def end(self, value):
        """The call has returned `value`."""
        self._finish(self._describe_result, value)

    def _finish(self, describe, what):
        if os.getpid() != self.process:
            return  # a fork of the script's; the span is its parent's
        try:
            describe(what)
        except BaseException as error:  # an odd object of the script may raise anything
            tell(f"the span of a call is not complete: {type(error).__name__}: {error}")
        try:
            self.span.end()
        except BaseException as error:
            tell(f"the span of a call has not ended: {type(error).__name__}: {error}")

    def _describe_exception(self, error):
        name = type(error).__name__
        self.span.set_status(Status(StatusCode.ERROR, name))  # remains when the exception has no text
        message = _encodable(str(error))
        self.span.set_status(Status(StatusCode.ERROR, f"{name}: {message}"))
        stack = _encodable("".join(format_exception(type(error), error, error.__traceback__)))
        self.span.record_exception(error, {"exception.message": message, "exception.stacktrace": stack})

    def _describe_result(self, value):
        if not issubclass(type(value), dict):
            self.span.set_status(Status(StatusCode.OK))
            return
        error = value.get("error")
        self.span.set_status(Status(StatusCode.ERROR, _encodable(str(error))) if error else Status(StatusCode.OK))
        usage = value.get("tokenUsage")
        if issubclass(type(usage), dict):
            self.span.set_attributes({_USAGE[key]: usage[key] for key in _USAGE if key in usage})
        if "cached" in value:
            self.span.set_attribute("promptfoo.cache_hit", bool(value["cached"]))
        output = value.get("output")
        if output is not None:
            text = output if isinstance(output, str) else json.dumps(output, default=str)
            self.span.set_attribute("promptfoo.response.body", _shortened(text))


def _attributes_of_call(name, args):
    prompt, options, context = args[:3]
    attributes: dict = {"promptfoo.provider.type": "python", "promptfoo.provider.function": name}
    if type(prompt) is str:
        attributes["promptfoo.request.body"] = _shortened(prompt)
    if type(options) is dict:
        attributes["promptfoo.provider.id"] = options.get("id")
        if type(options.get("config")) is dict:
            attributes["promptfoo.provider.model"] = options["config"].get("model")
    attributes["promptfoo.eval.id"] = context.get("evaluationId")
    attributes["promptfoo.test.id"] = context.get("testCaseId")
    return {key: value for key, value in attributes.items() if value or key == "promptfoo.request.body"}


def _shortened(text):
    return _encodable(text if len(text) <= _MAX_BODY else text[:_KEPT_OF_LONGER] + "... [truncated]")


def _encodable(text):
    """With U+FFFD for each lone surrogate: the exporter would drop what it cannot encode, and blame the collector."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
