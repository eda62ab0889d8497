"""Timestamps and NumPy numbers come straight out of a DataFrame."""

import pandas as pd

events = pd.DataFrame({"when": pd.to_datetime(["2024-02-29 12:30:00", "2025-01-01 00:00:00"]), "count": [3, 4]})


def call_api(prompt, options, context):
    row = events.iloc[int(prompt)]
    return {"output": {"when": row["when"], "count": row["count"]}}
