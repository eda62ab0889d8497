"""A DataFrame, a Series and missing times are returned as they are, without to_dict() and tolist()."""

import pandas as pd

fruit = pd.DataFrame({"fruit": ["pear", "fig"], "price": [2.0, 4.25], "sold": pd.to_datetime(["2024-02-29", None])})


def call_api(prompt, options, context):
    return {"output": fruit, "metadata": {"prices": fruit["price"], "columns": fruit.columns}}
