"""Objects of the script's own classes go through pickle and copy."""

import copy
import pickle


class Answer:
    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return type(other) is Answer and other.text == self.text


def call_api(prompt, options, context):
    answer = Answer(prompt)
    return {"output": [pickle.loads(pickle.dumps(answer)) == answer, copy.deepcopy(answer) == answer]}
