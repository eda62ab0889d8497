"""Returns what json.dumps does not take."""

import datetime
import decimal

import numpy


def call_api(prompt, options, context):
    if prompt == "nan":
        return {"output": {"scores": [1.0, float("nan")]}}
    if prompt == "bytes":
        return {"output": {"picture": b"\x89PNG"}}
    if prompt == "surrogate":
        return {"output": "half a pair: \ud83d"}
    if prompt == "object":
        return {"output": {"handle": object()}}
    return {
        "output": {
            "array": numpy.arange(3),
            "mean": numpy.float32(0.5),
            "when": datetime.datetime(2026, 1, 2, 3, 4, 5),
            "set": {7},
            "decimal": decimal.Decimal("1.5"),
        }
    }
