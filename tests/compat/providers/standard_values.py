"""Dates, decimals, UUIDs, paths and sets of the standard library stand in the result."""

import datetime
import decimal
import pathlib
import uuid


def call_api(prompt, options, context):
    return {
        "output": {
            "when": datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc),
            "day": datetime.date(2024, 2, 29),
            "price": decimal.Decimal("2.5"),
            "id": uuid.UUID(int=5),
            "path": pathlib.PurePosixPath("/tmp") / prompt,
            "words": set(prompt.split()),
        }
    }
