"""NumPy is imported at the top, and its arrays and scalars are returned as they come."""

import numpy as np

rng = np.random.default_rng(7)
weights = np.eye(2, dtype=np.float32)


def call_api(prompt, options, context):
    vector = np.array([float(word) for word in prompt.split()])
    return {"output": {"vector": weights @ vector, "mean": vector.mean(), "count": np.int64(vector.size)}}
