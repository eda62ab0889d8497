"""Runs calls in OpenTelemetry spans, as promptfoo's worker does. Loaded when PROMPTFOO_ENABLE_OTEL asks for it."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bootstrap import is_awaitable, load, stream_kind

is_coroutine_function = load("callables", "is_coroutine_function")
is_async_generator_function = load("callables", "is_async_generator_function")

SYNC_STREAM, ASYNC_STREAM = 1, 2  # StreamKind of stream_kind.h


def start():
    """Makes the tracer provider and sets it for the script, too. False when that fails; stderr says why."""
    try:
        load("call_span", "set_up")()
        return True
    except ImportError as error:
        tell(f"off, as packages are missing ({error}): pip install opentelemetry-exporter-otlp-proto-http")
    except Exception as error:
        tell(f"off: {type(error).__name__}: {error}")
    return False


def tell(text):
    try:
        print("provider host: tracing:", text, file=sys.stderr, flush=True)
    except Exception:
        pass  # the script has closed it


def traced(function, name, args):
    """`function` itself when the call has no `traceparent`; else what runs it, once, inside of a span."""
    if len(args) < 3 or type(args[2]) is not dict or type(args[2].get("traceparent")) is not str:
        return function
    if not args[2]["traceparent"]:
        return function
    if is_coroutine_function(function):

        async def run(*args):
            with _begin(name, args) as span:
                value = await load("event_loop", "settle")(function(*args))
            return _returned(value, span, True)

        return run
    if is_async_generator_function(function):

        async def items(*args):
            with _begin(name, args) as span:
                stream = function(*args)
            return _iterated_async(stream, span)

        return items

    def call(*args):
        with _begin(name, args) as span:
            value = function(*args)
        return _awaited(value, span) if is_awaitable(value) else _returned(value, span, False)

    return call


async def _awaited(value, span):
    with span:
        value = await load("event_loop", "settle")(value)
    return _returned(value, span, True)


def _returned(value, span, was_awaited):
    """What a call returns. The span ends now, or with the stream that `value` is."""
    kind = stream_kind(value, was_awaited)
    if kind == SYNC_STREAM:
        return _iterated(value, span)
    if kind == ASYNC_STREAM:
        return _iterated_async(value, span)
    span.end(value)
    return value


def _iterated(stream, span):
    with span:
        value = yield from stream
    span.end(value)
    return value


async def _iterated_async(stream, span):
    with span:
        try:
            async for item in stream:
                yield item
        except BaseException:
            await load("streams", "close")(stream)
            raise
    span.end(None)


def _begin(name, args):
    try:
        return load("call_span", "CallSpan")(name, args)
    except Exception as error:
        tell(f"a call runs without a span: {type(error).__name__}: {error}")
        return _NoSpan()


class _NoSpan:
    def __enter__(self):
        return self

    def __exit__(self, *raised):
        pass

    def end(self, value):
        pass
