"""A text over several lines in the source, whose line ends Python makes the same."""

TEXT = """one
two"""


def call_api(prompt, options, context):
    return {"output": [TEXT, prompt]}
