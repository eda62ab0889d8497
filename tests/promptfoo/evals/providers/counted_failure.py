"""Raises, and counts how often it was executed."""


def call_api(prompt, options, context):
    with open("calls.txt", "a") as file:
        file.write(f"{'traced' if context.get('traceparent') else 'untraced'}\n")
    raise ValueError(f"the script raises this for {prompt}")
