"""Makes a span of its own, and counts its calls in a file."""

import os


def call_api(prompt, options, context):
    from opentelemetry import trace

    with open("calls", "a") as calls:
        calls.write("x")
    with trace.get_tracer("provider").start_as_current_span("retrieve documents"):
        if prompt == "raise":
            raise LookupError("there are no documents")
    return {"output": os.environ["PROMPTFOO_ENABLE_OTEL"]}
