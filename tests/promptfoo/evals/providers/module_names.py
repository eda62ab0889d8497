"""Needs its own module to be found by name: for pickle, and for multiprocessing."""

import multiprocessing
import pickle


class Answer:
    def __init__(self, text):
        self.text = text


def double(number):
    return 2 * number


def call_api(prompt, options, context):
    if prompt == "pickle":
        return {"output": pickle.loads(pickle.dumps(Answer("pickled"))).text}
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return {"output": pool.map(double, [1, 2, 3])}
