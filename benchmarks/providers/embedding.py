"""Gives one embedding of 15,360 standard normal numbers, the same at each call."""

import random

_random = random.Random(1)
EMBEDDING = {"embedding": [_random.gauss(0, 1) for _ in range(15_360)]}


def call_embedding_api(prompt, options):
    return EMBEDDING
