"""A pandas DataFrame is kept at module level and asked by every call."""

import pandas as pd

prices = pd.DataFrame({"fruit": ["apple", "pear", "fig"], "price": [1.5, 2.0, 4.25]}).set_index("fruit")


def call_api(prompt, options, context):
    found = prices.loc[prompt.split()]
    return {"output": found.reset_index().to_dict(orient="records"), "metadata": {"sum": float(found["price"].sum())}}
