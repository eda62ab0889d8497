"""argparse reads sys.argv when the module is imported, and stops at what it does not know."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--verbose", action="store_true")
settings = parser.parse_args()


def call_api(prompt, options, context):
    return {"output": [prompt, settings.verbose]}
