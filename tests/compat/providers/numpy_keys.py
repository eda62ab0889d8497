"""Counts by NumPy's integers, as numpy.unique gives them."""

import numpy


def call_api(prompt, options, context):
    lengths, counts = numpy.unique([len(word) for word in prompt.split()], return_counts=True)
    return {"output": dict(zip(lengths, counts))}
