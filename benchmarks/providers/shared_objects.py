"""A provider with a million small Python objects, which is how data is not shared well; a call reads 100 of them."""

from ordinary_work import do, place

DATA = {number: str(number) for number in range(1_000_000)}


def call_api(prompt, options, context):
    at = place(prompt, len(DATA) - 100)
    return do(prompt, options, sum(len(DATA[at + step]) for step in range(100)))
