"""A provider with 500 MB of NumPy data; a call sums up 100,000 numbers of it."""

import numpy
from ordinary_work import do, place

DATA = numpy.arange(62_500_000, dtype=float)


def call_api(prompt, options, context):
    at = place(prompt, len(DATA) - 100_000)
    return do(prompt, options, DATA[at : at + 100_000].sum())
