"""NumPy results are turned into lists by the script itself."""

import numpy as np

np.seterr(all="raise")


def call_api(prompt, options, context):
    return {"output": np.cumsum([int(word) for word in prompt.split()]).tolist()}
